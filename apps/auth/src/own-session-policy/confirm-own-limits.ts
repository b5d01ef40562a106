import type { Session, SessionStore } from '@gatehouse/session-store';
import type { OwnSessionLimits } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { narrowedBy } from './life-of-session.js';

/** Sees to it that a session that has just been opened keeps to what its owner chose meanwhile. */
export class ConfirmOwnLimits {
  constructor(
    private readonly sessions: SessionStore,
    private readonly users: Pick<UserRepository, 'findById'>,
  ) {}

  /**
   * To be asked once the session stands in the store: whoever chose narrower limits between the look at the user and the opening has not
   * found it.
   *
   * @param seen - the limits it was opened with
   * @returns the session as it is now.
   * @throws {DatabaseUnavailable} {SessionStoreUnavailable}
   */
  async run(session: Session, seen: OwnSessionLimits): Promise<Session> {
    const { id, userId } = session;
    const now = (await this.users.findById(userId))?.ownSessionLimits;
    if (!now || (now.idleSeconds === seen.idleSeconds && now.absoluteSeconds === seen.absoluteSeconds)) return session;
    return (await this.sessions.amend(userId, id, narrowedBy(now, session))) ?? session;
  }
}
