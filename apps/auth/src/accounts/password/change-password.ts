import type { Clock } from '@gatehouse/kernel';
import { SessionExpired } from '../../access/access.errors.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { Post } from '../../mail/post.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { EndedUserSessions, EndUserSessions } from '../../revocations/end-user-sessions.js';
import { InvalidCredentials } from '../../sign-in/sign-in.errors.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { PasswordReused } from '../accounts.errors.js';
import type { AccountTokens } from '../tokens/account-tokens.js';

export interface ChangePasswordCommand {
  readonly userId: number;
  readonly current: string;
  readonly next: string;
  /** The session to keep; `undefined` ends them all. */
  readonly keepSessionId: string | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Puts a new password in place of the old one, which has to be known, and ends the other sessions. */
export class ChangePassword {
  constructor(
    private readonly users: UserRepository,
    private readonly tokens: AccountTokens,
    private readonly policy: PasswordPolicy,
    private readonly hasher: PasswordHasher,
    private readonly endSessions: EndUserSessions,
    private readonly post: Post,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {InvalidCredentials} when the current password is another, or has become another meanwhile.
   * @throws {PasswordReused}
   * @throws {WeakPassword} {BreachedPassword}
   * @throws {Overloaded} when too many passwords wait to be hashed.
   * @throws {DatabaseUnavailable}
   */
  async run({ userId, current, next, keepSessionId, ...place }: ChangePasswordCommand): Promise<EndedUserSessions> {
    const user = await this.users.findById(userId);
    if (!user) throw new SessionExpired();
    // Before anything is said about the new one: a stolen token must not be a way to try passwords unseen.
    if (!(await this.hasher.matches(current, user.passwordHash))) {
      this.audit.record({ kind: 'stepup.failed', userId, ...place, details: { reason: 'wrong_password' } });
      throw new InvalidCredentials();
    }
    if (next.normalize('NFKC') === current.normalize('NFKC')) throw new PasswordReused();
    await this.policy.check(next, [user.email, user.name ?? '']);
    const passwordHash = await this.hasher.hash(next);
    const change = { passwordHash, passwordChangedAtMs: this.clock.nowMs(), mustResetPassword: false };
    // Of two changes at once the second no longer knows the current password.
    if (!(await this.users.change(userId, change, { passwordHash: user.passwordHash }))) throw new InvalidCredentials();
    const ended = await this.endSessions.run({ userId, keepSessionId, reason: 'password_changed', ...place });
    await this.tokens.voidAll(userId, ['reset_password', 'change_email', 'export']);
    await this.post.order({ kind: 'password_changed', userId });
    this.audit.record({ kind: 'password.changed', userId, ...place, details: { sessions_ended: ended.ended } });
    return ended;
  }
}
