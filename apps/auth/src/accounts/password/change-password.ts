import type { Clock } from '@gatehouse/kernel';
import { SessionExpired } from '../../access/access.errors.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { Post } from '../../mail/post.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import {
  bothOf,
  type EndedUserSessions,
  type EndUserSessions,
  type EndUserSessionsCommand,
} from '../../revocations/end-user-sessions.js';
import { InvalidCredentials } from '../../sign-in/sign-in.errors.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { PasswordReused } from '../accounts.errors.js';
import type { AccountTokens } from '../tokens/account-tokens.js';

export interface ChangePasswordCommand {
  readonly userId: number;
  readonly current: string;
  readonly next: string;
  /** The one that asks. */
  readonly sessionId: string;
  /** Whether that one stays. */
  readonly keepsSession: boolean;
  readonly ipAddress: string;
  readonly requestId: string;
}

/**
 * Puts a new password in place of the old one, which has to be known, and ends the other sessions. A reset that an administrator has
 * demanded is demanded still: whoever they mean may be the one who knows the password.
 */
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
   * @throws {DatabaseUnavailable}; what is left, the same command does.
   */
  async run(command: ChangePasswordCommand): Promise<EndedUserSessions> {
    const { userId, current, next, sessionId, keepsSession, ipAddress, requestId } = command;
    const place = { ipAddress, requestId };
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
    // First what bears repetition: once the new password stands, whoever asks again no longer knows the current one.
    const others = await this.endWhatIsOpen({ userId, keepSessionId: sessionId, ...place });
    await this.post.order({ kind: 'password_changed', userId });
    const change = { passwordHash, passwordChangedAtMs: this.clock.nowMs() };
    // Of two changes at once the second no longer knows the current password.
    if (!(await this.users.change(userId, change, { passwordHash: user.passwordHash }))) throw new InvalidCredentials();
    const details = { sessions_ended: others.ended + (keepsSession ? 0 : 1) };
    this.audit.record({ kind: 'password.changed', userId, ...place, details });
    // And what has come in with the old one meanwhile.
    const keepSessionId = keepsSession ? sessionId : undefined;
    return bothOf(others, await this.endWhatIsOpen({ userId, keepSessionId, ...place }));
  }

  private async endWhatIsOpen(asked: Omit<EndUserSessionsCommand, 'reason'>): Promise<EndedUserSessions> {
    const ended = await this.endSessions.run({ ...asked, reason: 'password_changed' });
    await this.tokens.voidAll(asked.userId, ['reset_password', 'change_email', 'export']);
    return ended;
  }
}
