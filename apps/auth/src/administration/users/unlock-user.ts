import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { PasswordAttempts } from '../../limits/password-attempts.js';
import { assertOwnRolesCover } from '../../roles/own-rights.js';
import type { RolePermissions } from '../../roles/role-permissions.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { UserNotFound } from '../administration.errors.js';

/** Ends what wrong passwords have put off for a person, who need not wait any longer, wherever they are. */
export class UnlockUser {
  constructor(
    private readonly users: UserRepository,
    private readonly permissions: RolePermissions,
    private readonly attempts: Pick<PasswordAttempts, 'forgive'>,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Wrong passwords from then on count anew.
   *
   * @throws {UserNotFound} {BeyondOwnRights} {DatabaseUnavailable}
   */
  async run(userId: number, { userId: actorId, rights, ipAddress, requestId }: Actor): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user) throw new UserNotFound();
    assertOwnRolesCover(rights, user.roles, await this.permissions.of(user.roles));
    await this.attempts.forgive(user.email);
    this.audit.record({ kind: 'user.unlocked', userId, actorId, ipAddress, requestId });
  }
}
