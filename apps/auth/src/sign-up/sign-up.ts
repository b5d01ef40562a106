import type { AuditLog } from '../audit/audit-log.port.js';
import type { PasswordHasher } from '../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { EmailTaken } from '../users/users.errors.js';

export interface SignUpCommand {
  readonly email: string;
  readonly password: string;
  readonly name?: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** What everybody may do. */
const FIRST_ROLES = ['user'];

/** Turns a stranger into a user. Opens no session. */
export class SignUp {
  constructor(
    private readonly users: UserRepository,
    private readonly policy: PasswordPolicy,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {WeakPassword} with the reasons.
   * @throws {BreachedPassword} when it is known from a breach and such are looked for.
   * @throws {EmailTaken} when the address, in whatever spelling, belongs to somebody.
   * @throws {Overloaded} when too many passwords wait to be hashed.
   */
  async run({ email, password, name, ipAddress, requestId }: SignUpCommand): Promise<User> {
    await this.policy.check(password, [email, name ?? '']);
    const emailCanonical = canonicalEmail(email);
    // Spares the hashing; only the unique index decides, since two may pass here at once.
    if (await this.users.findByEmail(emailCanonical)) throw new EmailTaken();
    const passwordHash = await this.hasher.hash(password);
    const user = await this.users.create({
      email,
      emailCanonical,
      passwordHash,
      name: name ?? null,
      roles: FIRST_ROLES,
    });
    this.audit.record({ kind: 'signup.succeeded', userId: user.id, ipAddress, requestId });
    return user;
  }
}
