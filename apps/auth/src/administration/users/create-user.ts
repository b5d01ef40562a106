import { randomHex } from '@gatehouse/kernel';
import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import { assertOwnRolesCover } from '../../roles/own-rights.js';
import { permissionsOf } from '../../roles/permissions.js';
import type { RightsStore } from '../../roles/rights-store.port.js';
import { UnknownRole } from '../../roles/roles.errors.js';
import { canonicalEmail } from '../../users/email-address.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';

export interface CreateUserCommand {
  readonly email: string;
  readonly name?: string | undefined;
  /** @default none that anybody knows: the person has to reset it before the first sign-in */
  readonly password?: string | undefined;
  /** @default ['user'] */
  readonly roles?: readonly string[] | undefined;
  readonly actor: Actor;
}

/** Makes an account for somebody. */
export class CreateUser {
  constructor(
    private readonly users: UserRepository,
    private readonly rights: Pick<RightsStore, 'roles'>,
    private readonly policy: PasswordPolicy,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {UnknownRole} {BeyondOwnRights}
   * @throws {WeakPassword} {BreachedPassword} {EmailTaken} {Overloaded}
   */
  async run({ email, name, password, roles = ['user'], actor }: CreateUserCommand): Promise<User> {
    const defined = await this.rights.roles();
    if (!roles.every((role) => defined.some((known) => known.name === role))) throw new UnknownRole();
    assertOwnRolesCover(actor.rights, roles, permissionsOf(roles, defined));
    if (password !== undefined) await this.policy.check(password, [email, name ?? '']);
    const user = await this.users.create({
      email,
      emailCanonical: canonicalEmail(email),
      passwordHash: await this.hasher.hash(password ?? randomHex(32)),
      name: name ?? null,
      roles: [...new Set(roles)],
      mustResetPassword: password === undefined,
    });
    const { userId: actorId, ipAddress, requestId } = actor;
    const details = { roles: user.roles.join(' ') };
    this.audit.record({ kind: 'user.created', userId: user.id, actorId, ipAddress, requestId, details });
    return user;
  }
}
