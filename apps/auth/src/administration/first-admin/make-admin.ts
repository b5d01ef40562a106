import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import { ADMIN_ROLE } from '../../roles/permissions.js';
import { canonicalEmail } from '../../users/email-address.js';
import type { UserRepository } from '../../users/user-repository.port.js';

export interface MakeAdminCommand {
  readonly email: string;
  readonly name: string | undefined;
  /** @default one is made */
  readonly password: string | undefined;
}

export interface MadeAdmin {
  readonly userId: number;
  /** To be shown once; `undefined` when it was given. */
  readonly madePassword: string | undefined;
}

/** Makes an administrator, from outside the service: there are no accounts that come with it. */
export class MakeAdmin {
  constructor(
    private readonly users: UserRepository,
    private readonly policy: PasswordPolicy,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly now: () => number,
  ) {}

  /**
   * @throws {WeakPassword} {BreachedPassword}
   * @throws {EmailTaken} whoever has the address stays as they are.
   * @throws {DatabaseUnavailable}
   */
  async run({ email, name, password }: MakeAdminCommand): Promise<MadeAdmin> {
    const madePassword = password === undefined ? randomBytes(18).toString('base64url') : undefined;
    const chosen = password ?? madePassword ?? '';
    await this.policy.check(chosen, [email, name ?? '']);
    const user = await this.users.create({
      email,
      emailCanonical: canonicalEmail(email),
      passwordHash: await this.hasher.hash(chosen),
      name: name ?? null,
      roles: ['user', ADMIN_ROLE],
      // Whoever can write to the database vouches for the address.
      emailVerifiedAtMs: this.now(),
    });
    await this.audit.recordDurably({
      kind: 'user.created',
      userId: user.id,
      details: { roles: 'user admin', by: 'cli' },
    });
    return { userId: user.id, madePassword };
  }
}
