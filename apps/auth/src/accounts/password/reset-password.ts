import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { PasswordAttempts } from '../../limits/password-attempts.js';
import type { Post } from '../../mail/post.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { EndedUserSessions, EndUserSessions } from '../../revocations/end-user-sessions.js';
import { canonicalEmail } from '../../users/email-address.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { ResetTokenInvalid } from '../accounts.errors.js';
import type { OtherWaysIn } from '../other-ways-in.js';
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
   * @throws {DatabaseUnavailable}; once the token is used up, another has to be asked for.
   */
  async run({ token, password, ipAddress, requestId }: ResetPasswordCommand): Promise<EndedUserSessions> {
    // Looked at first: a made-up token must not cost a hash, nor a weak password the token.
    const found = await this.tokens.find('reset_password', token);
    const user = found && (await this.users.findById(found.userId));
    if (!user) throw new ResetTokenInvalid();
    await this.policy.check(password, [user.email, user.name ?? '']);
    const passwordHash = await this.hasher.hash(password);
    const taken = await this.tokens.consume('reset_password', token);
    if (!taken) throw new ResetTokenInvalid();
    const nowMs = this.clock.nowMs();
    const changed = await this.users.change(
      user.id,
      { passwordHash, passwordChangedAtMs: nowMs, mustResetPassword: false },
      // To the address the link went to: one that has been left must not open the account.
      { emailCanonical: canonicalEmail(taken.address ?? '') },
    );
    if (!changed) throw new ResetTokenInvalid();
    const place = { userId: user.id, ipAddress, requestId };
    const ended = await this.endSessions.run({ ...place, reason: 'password_changed' });
    if (user.emailVerifiedAtMs === null) await this.proveAddress(user.id, nowMs, { ipAddress, requestId });
    // Whoever guessed at the old password must not keep the owner of the new one waiting.
    await this.attempts.forgive(user.email);
    await this.tokens.voidAll(user.id, ['reset_password', 'change_email', 'export']);
    await this.post.order({ kind: 'password_changed', userId: user.id });
    this.audit.record({ kind: 'password.reset', ...place, details: { sessions_ended: ended.ended } });
    return ended;
  }

  /** The link came by mail, which proves the address as well. Noted last: where a way in could not be closed, the next link does so. */
  private async proveAddress(
    userId: number,
    emailVerifiedAtMs: number,
    place: { readonly ipAddress: string; readonly requestId: string },
  ): Promise<void> {
    await this.otherWaysIn.close(userId, place);
    await this.users.change(userId, { emailVerifiedAtMs });
  }
}
