import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { Post } from '../../mail/post.js';
import { type CanonicalEmail, canonicalEmail } from '../../users/email-address.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { EmailTaken } from '../../users/users.errors.js';
import { VerifyTokenInvalid } from '../accounts.errors.js';
import type { AccountToken } from '../tokens/account-token-store.port.js';
import type { AccountTokens } from '../tokens/account-tokens.js';

export interface VerifyEmailCommand {
  readonly token: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Takes the link of a mail for the proof that an address is somebody's: the one of the sign-up, or a new one. */
export class VerifyEmail {
  constructor(
    private readonly users: UserRepository,
    private readonly tokens: AccountTokens,
    private readonly sessions: SessionStore,
    private readonly post: Post,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * A link is used up last, so that one that fails half way can be followed again.
   *
   * @throws {VerifyTokenInvalid}
   * @throws {EmailTaken} when somebody else has taken the new address since the link was made.
   * @throws {DatabaseUnavailable}; the same link does the rest.
   */
  async run(command: VerifyEmailCommand): Promise<void> {
    const first = await this.tokens.find('verify_email', command.token);
    if (first) return this.proveFirst(first, command);
    const next = await this.tokens.find('change_email', command.token);
    if (!next) throw new VerifyTokenInvalid();
    await this.moveTo(next, command);
  }

  private async proveFirst({ userId, address }: AccountToken, command: VerifyEmailCommand): Promise<void> {
    const emailVerifiedAtMs = this.clock.nowMs();
    // The address it was sent to, still: a link to an old mailbox proves nothing about the new one.
    const same = { emailCanonical: address as CanonicalEmail };
    if (!(await this.users.change(userId, { emailVerifiedAtMs }, same))) throw new VerifyTokenInvalid();
    if (!(await this.tokens.consume('verify_email', command.token))) throw new VerifyTokenInvalid();
    this.audit.record({ kind: 'email.verified', userId, ...placeOf(command) });
  }

  private async moveTo({ userId, address }: AccountToken, command: VerifyEmailCommand): Promise<void> {
    const before = await this.users.findById(userId);
    if (!before || address === undefined) throw new VerifyTokenInvalid();
    // Somebody has reason to think that it is not its owner who is at work: the address is what the password would be reset by.
    if (before.mustResetPassword || before.disabledAtMs !== null) throw new VerifyTokenInvalid();
    // Unless that was done and the rest was not.
    if (before.email !== address || before.emailVerifiedAtMs === null) await this.change(before, address, command);
    // Whoever reads the old mailbox must not get in by a link that went there.
    await this.tokens.voidAll(userId, ['reset_password', 'verify_email']);
    await this.tellSessions(userId, address);
    await this.tokens.consume('change_email', command.token);
  }

  private async change(before: User, email: string, command: VerifyEmailCommand): Promise<void> {
    const { id: userId, passwordHash, tokenGeneration } = before;
    const address = { email, emailCanonical: canonicalEmail(email) };
    const owner = await this.users.findByEmail(address.emailCanonical);
    if (owner && owner.id !== userId) throw new EmailTaken();
    // First, for afterwards nobody knows where it has to go. Told twice, the old mailbox loses nothing.
    await this.post.order({ kind: 'address_changed', userId, address: before.email });
    // Two changes at once: the second has seen an address that is no longer there, and has told the wrong mailbox. What closes the account
    // to whoever asked, or takes the link back, may have happened a moment ago, too.
    const asSeen = {
      emailCanonical: canonicalEmail(before.email),
      passwordHash,
      tokenGeneration,
      mustResetPassword: false,
    };
    const changed = await this.users.change(userId, { address, emailVerifiedAtMs: this.clock.nowMs() }, asSeen);
    if (!changed) throw new VerifyTokenInvalid();
    this.audit.record({ kind: 'email.changed', userId, ...placeOf(command) });
  }

  /** What sessions show. With their store away they go on showing the old address. */
  private async tellSessions(userId: number, email: string): Promise<void> {
    try {
      for (const { id } of await this.sessions.list(userId)) await this.sessions.amend(userId, id, { email });
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) throw error;
    }
  }
}

const placeOf = ({ ipAddress, requestId }: VerifyEmailCommand) => ({ ipAddress, requestId });
