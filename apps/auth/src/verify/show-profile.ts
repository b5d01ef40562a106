import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Session } from '@gatehouse/session-store';
import { SessionExpired } from '../access/access.errors.js';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';

export interface Profile {
  readonly id: number;
  readonly email: string;
  /** `undefined` while the database is away: the session does not know it. */
  readonly name: string | null | undefined;
  readonly roles: readonly string[];
  /** `undefined` while the database is away. */
  readonly createdAtMs: number | undefined;
  /** `undefined` while the database is away. */
  readonly emailVerified: boolean | undefined;
  /** `null` while the first password holds, or there is none; `undefined` while the database is away. */
  readonly passwordChangedAtMs: number | null | undefined;
}

/** The part of a user that they may see of themselves. */
export function profileOf(user: User): Profile {
  const { id, email, name, roles, createdAtMs, emailVerifiedAtMs, passwordChangedAtMs } = user;
  const emailVerified = emailVerifiedAtMs !== null;
  return { id, email, name, roles, createdAtMs, emailVerified, passwordChangedAtMs };
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
      return profileOf(user);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || !session) throw error;
      const unknown = {
        name: undefined,
        createdAtMs: undefined,
        emailVerified: undefined,
        passwordChangedAtMs: undefined,
      };
      return { id: userId, email: session.email, roles: session.roles, ...unknown };
    }
  }
}
