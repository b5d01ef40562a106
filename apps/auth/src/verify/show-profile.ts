import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Session } from '@gatehouse/session-store';
import { SessionExpired } from '../access/access.errors.js';
import type { UserRepository } from '../users/user-repository.port.js';

export interface Profile {
  readonly id: number;
  readonly email: string;
  /** `undefined` while the database is away: the session does not know it. */
  readonly name: string | null | undefined;
  readonly roles: readonly string[];
  /** `undefined` while the database is away. */
  readonly createdAtMs: number | undefined;
}

/** Tells people who they are signed in as. */
export class ShowProfile {
  constructor(private readonly users: UserRepository) {}

  /**
   * With the database away, what the session knows has to do.
   *
   * @param session - the caller's; `undefined` while the session store is away
   * @throws {DatabaseUnavailable} when both are away.
   * @throws {SessionExpired} when the account is gone.
   */
  async run(userId: number, session: Session | undefined): Promise<Profile> {
    try {
      const user = await this.users.findById(userId);
      if (!user) throw new SessionExpired();
      const { id, email, name, roles, createdAtMs } = user;
      return { id, email, name, roles, createdAtMs };
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || !session) throw error;
      return { id: userId, email: session.email, name: undefined, roles: session.roles, createdAtMs: undefined };
    }
  }
}
