import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Session, SessionStore } from '@gatehouse/session-store';
import { InvalidSessionId, SessionNotOwned } from '../sessions/sessions.errors.js';
import { SessionExpired } from './access.errors.js';

export interface PresenceCheck {
  readonly userId: number;
  /** The session of the token. */
  readonly sessionId: string;
  /** `X-Session-ID`, as sent. */
  readonly namedSessionId: string | undefined;
}

/**
 * The strict part of access to the auth service itself: a good token is not enough, its session must be live. Other services do
 * without; here the store is at hand, and a session past its idle deadline is not in the revocation feed.
 */
export class SessionPresence {
  constructor(private readonly sessions: SessionStore) {}

  /**
   * @returns the live session; `undefined` when the store does not answer: then the last known list of revocations, which the
   *   token has passed, decides.
   * @throws {SessionExpired}
   * @throws {InvalidSessionId} when another session was named and the name cannot be one.
   * @throws {SessionNotOwned} when the named session is not one of this person's live ones.
   * @throws {SessionStoreUnavailable} when a session was named and nobody can tell whose it is.
   */
  async check({ userId, sessionId, namedSessionId }: PresenceCheck): Promise<Session | undefined> {
    if (namedSessionId !== undefined && !SESSION_ID_PATTERN.test(namedSessionId)) throw new InvalidSessionId();
    const session = await this.findIfPossible(userId, sessionId);
    if (session === 'not-live') throw new SessionExpired();
    if (namedSessionId !== undefined && namedSessionId !== sessionId) {
      if (!(await this.sessions.find(userId, namedSessionId))) throw new SessionNotOwned();
    }
    return session === 'store-away' ? undefined : session;
  }

  private async findIfPossible(userId: number, sessionId: string): Promise<Session | 'not-live' | 'store-away'> {
    try {
      return (await this.sessions.find(userId, sessionId)) ?? 'not-live';
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return 'store-away';
      throw error;
    }
  }
}
