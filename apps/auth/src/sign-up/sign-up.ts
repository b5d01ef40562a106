import type { AccountSettings } from '../accounts/account-settings.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { Post } from '../mail/post.js';
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
    private readonly post: Post,
    private readonly audit: AuditLog,
    private readonly settings: Pick<AccountSettings, 'enumerationSafe'>,
  ) {}

  /**
   * The link that proves the address is mailed behind the answer, where there is mail.
   *
   * @returns `undefined` when nobody is to learn from the answer whether there is an account: then known and unknown addresses
   *   cost the same, and the mailbox is told.
   * @throws {WeakPassword} with the reasons.
   * @throws {EmailTaken} when the address, in whatever spelling, belongs to somebody and that may be told.
   * @throws {Overloaded} when too many passwords wait to be hashed.
   */
  async run(command: SignUpCommand): Promise<User | undefined> {
    const { email, password, name } = command;
    await this.policy.check(password, [email, name ?? '']);
    if (this.settings.enumerationSafe) return this.runUntold(command);
    // Spares the hashing; only the unique index decides, since two may pass here at once.
    if (await this.users.findByEmail(canonicalEmail(email))) throw new EmailTaken();
    return this.create(command);
  }

  /** One hash, one attempt to add a user, one letter: whoever it is. */
  private async runUntold(command: SignUpCommand): Promise<undefined> {
    const { email: address, ipAddress, requestId } = command;
    try {
      await this.create(command);
    } catch (error) {
      if (!(error instanceof EmailTaken)) throw error;
      await this.post.order({ kind: 'address_taken', address, ipAddress, requestId });
    }
  }

  private async create({ email, password, name, ipAddress, requestId }: SignUpCommand): Promise<User> {
    const passwordHash = await this.hasher.hash(password);
    const user = await this.users.create({
      email,
      emailCanonical: canonicalEmail(email),
      passwordHash,
      name: name ?? null,
      roles: FIRST_ROLES,
    });
    this.audit.record({ kind: 'signup.succeeded', userId: user.id, ipAddress, requestId });
    await this.post.order({ kind: 'verify_email', userId: user.id, address: email, ipAddress, requestId });
    return user;
  }
}
