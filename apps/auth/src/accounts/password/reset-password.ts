import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { PasswordAttempts } from '../../limits/password-attempts.js';
import type { Post } from '../../mail/post.js';
import { hasPassword } from '../../passwords/no-password.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import { bothOf, type EndedUserSessions, type EndUserSessions } from '../../revocations/end-user-sessions.js';
import { canonicalEmail } from '../../users/email-address.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { ResetTokenInvalid } from '../accounts.errors.js';
import type { OtherWaysIn } from '../other-ways-in.js';
import type { AccountToken } from '../tokens/account-token-store.port.js';
import type { AccountTokens } from '../tokens/account-tokens.js';

export interface ResetPasswordCommand {
  readonly token: string;
  readonly password: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/**
 * Gives a new password to whoever reads the mailbox of the account, and ends all its sessions. Where nobody had shown yet that the address
 * is theirs, somebody else may have made the account and waits for its owner to come: nothing they have left open stays so.
 */
export class ResetPassword {
  constructor(
    private readonly users: UserRepository,
    private readonly tokens: AccountTokens,
    private readonly policy: PasswordPolicy,
    private readonly hasher: PasswordHasher,
    private readonly endSessions: EndUserSessions,
    private readonly post: Post,
    private readonly audit: AuditLog,
    private readonly attempts: Pick<PasswordAttempts, 'forgive'>,
    private readonly otherWaysIn: Pick<OtherWaysIn, 'close'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Of any number of uses of one token one succeeds. A password that is refused does not use it up.
   *
   * @throws {ResetTokenInvalid}
   * @throws {WeakPassword} {BreachedPassword}
   * @throws {Overloaded} when too many passwords wait to be hashed.
   * @throws {DatabaseUnavailable}; the same token does the rest, unless it could not be given back: then another has to be asked for.
   */
  async run({ token, password, ipAddress, requestId }: ResetPasswordCommand): Promise<EndedUserSessions> {
    // Looked at first: a made-up token must not cost a hash, nor a weak password the token.
    const found = await this.tokens.find('reset_password', token);
    const user = found && (await this.users.findById(found.userId));
    if (!user) throw new ResetTokenInvalid();
    await this.policy.check(password, [user.email, user.name ?? '']);
    const passwordHash = await this.hasher.hash(password);
    const place = { ipAddress, requestId };
    const taken = await this.tokens.consume('reset_password', token);
    if (!taken) throw new ResetTokenInvalid();
    const { before, changed } = await this.unlessFailed(taken, token, async () => ({
      // First what bears repetition: once the new password stands, nobody may think of asking again.
      before: await this.endWhatIsOpen(user, place),
      changed: await this.setPassword(taken, passwordHash),
    }));
    if (!changed) throw new ResetTokenInvalid();
    const details = { sessions_ended: before.ended };
    this.audit.record({ kind: 'password.reset', userId: user.id, ...place, details });
    // And what has come in with the old one meanwhile.
    const late = await this.endWhatIsOpen(changed, place);
    // The link came by mail, which proves the address as well. Noted last: where a way in could not be closed, the next link does so.
    if (user.emailVerifiedAtMs === null) await this.users.change(user.id, { emailVerifiedAtMs: this.clock.nowMs() });
    // Whoever guessed at the old password must not keep the owner of the new one waiting.
    await this.attempts.forgive(user.email);
    await this.tokens.voidAll(user.id, ['reset_password']);
    return bothOf(before, late);
  }

  /** Gives the token back when `work` fails. */
  private async unlessFailed<T>(taken: AccountToken, token: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.tokens.giveBack(taken, token).catch(() => undefined);
      throw error;
    }
  }

  private async setPassword({ userId, address = '' }: AccountToken, passwordHash: string): Promise<User | undefined> {
    await this.post.order({ kind: 'password_changed', userId });
    const change = { passwordHash, passwordChangedAtMs: this.clock.nowMs(), mustResetPassword: false };
    // To the address the link went to: one that has been left must not open the account.
    return this.users.change(userId, change, { emailCanonical: canonicalEmail(address) });
  }

  private async endWhatIsOpen(
    { id: userId, emailVerifiedAtMs, passwordHash }: User,
    place: { readonly ipAddress: string; readonly requestId: string },
  ): Promise<EndedUserSessions> {
    const ended = await this.endSessions.run({ userId, reason: 'password_changed', ...place });
    await this.tokens.voidAll(userId, ['change_email', 'export']);
    // Nobody is to be left without any.
    if (emailVerifiedAtMs === null && hasPassword(passwordHash)) await this.otherWaysIn.close(userId, place);
    return ended;
  }
}
