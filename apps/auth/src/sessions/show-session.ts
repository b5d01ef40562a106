import type { Session, SessionStore } from '@gatehouse/session-store';
import { SessionNotFound } from './sessions.errors.js';

/** Shows a person one of their sessions. */
export class ShowSession {
  constructor(private readonly sessions: SessionStore) {}

  /**
   * @throws {SessionNotFound} for an ended session and for another person's alike, after the same work.
   * @throws {SessionStoreUnavailable}
   */
  async run(userId: number, sessionId: string): Promise<Session> {
    const session = await this.sessions.find(userId, sessionId);
    if (!session) throw new SessionNotFound();
    return session;
  }
}
