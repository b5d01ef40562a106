import type { Session, SessionStore } from '@gatehouse/session-store';
import type { SettleEnds } from '../revocations/settle-ends.js';

/** Shows people where they are signed in. */
export class ListSessions {
  constructor(
    private readonly sessions: SessionStore,
    private readonly settleEnds: SettleEnds,
  ) {}

  /**
   * @returns the live sessions, newest first.
   * @throws {SessionStoreUnavailable} when the store does not answer: an empty list would be a lie.
   */
  async run(userId: number): Promise<Session[]> {
    await this.settleEnds.run(userId);
    return this.sessions.list(userId);
  }
}
