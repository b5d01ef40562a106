import { SessionExpired } from '../../access/access.errors.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';

export interface ChangeProfileCommand {
  readonly userId: number;
  /** `null` takes the name away; `undefined` leaves it. */
  readonly name: string | null | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Lets people say what they are called. */
export class ChangeProfile {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {SessionExpired} when the account is gone.
   * @throws {DatabaseUnavailable}
   */
  async run({ userId, name, ipAddress, requestId }: ChangeProfileCommand): Promise<User> {
    if (name === undefined) return this.present(await this.users.findById(userId));
    const user = this.present(await this.users.change(userId, { name }));
    this.audit.record({ kind: 'profile.changed', userId, ipAddress, requestId, details: { what: 'name' } });
    return user;
  }

  private present(user: User | undefined): User {
    if (!user) throw new SessionExpired();
    return user;
  }
}
