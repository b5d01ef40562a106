import type { Clock } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import { SessionExpired } from '../access/access.errors.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { PasswordHasher } from '../passwords/password-hasher.port.js';
import { InvalidCredentials } from '../sign-in/sign-in.errors.js';
import type { AccessTokenIssuer, IssuedAccessToken } from '../tokens/access-token-issuer.js';
import type { UserRepository } from '../users/user-repository.port.js';

export interface StepUpCommand {
  readonly userId: number;
  readonly sessionId: string;
  readonly password: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface SteppedUp {
  readonly accessToken: IssuedAccessToken;
  readonly authenticatedAtMs: number;
}

/** Lets a person prove anew who they are: the session stays, and its tokens tell the later moment from now on. */
export class StepUp {
  constructor(
    private readonly users: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly sessions: SessionStore,
    private readonly accessTokens: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {InvalidCredentials} for a wrong password, and for one that was changed while it was being looked at; nothing changes.
   * @throws {SessionExpired} when the session has ended meanwhile, or the account may no longer sign in.
   * @throws {Overloaded} {DatabaseUnavailable} {SessionStoreUnavailable}
   */
  async run({ userId, sessionId, password, ...place }: StepUpCommand): Promise<SteppedUp> {
    const user = await this.users.findById(userId);
    if (!user || user.disabledAtMs !== null) throw new SessionExpired();
    const matches = await this.hasher.matches(password, user.passwordHash);
    // Looking takes its time, and longer where many wait: a password that was changed meanwhile proves nothing any more.
    if (!matches || (await this.users.findById(userId))?.passwordChangedAtMs !== user.passwordChangedAtMs) {
      const details = { reason: matches ? 'changed_meanwhile' : 'wrong_password' };
      this.audit.record({ kind: 'stepup.failed', userId, sessionId, ...place, details });
      throw new InvalidCredentials();
    }
    const authenticatedAtMs = this.clock.nowMs();
    const session = await this.sessions.amend(userId, sessionId, { authenticatedAtMs });
    if (!session) throw new SessionExpired();
    const accessToken = await this.accessTokens.issue({ ...session, sessionId });
    this.audit.record({ kind: 'stepup.succeeded', userId, sessionId, ...place });
    return { accessToken, authenticatedAtMs };
  }
}
