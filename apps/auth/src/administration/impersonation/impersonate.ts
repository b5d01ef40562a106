import { type Clock, randomHex } from '@gatehouse/kernel';
import type { Session, SessionStore } from '@gatehouse/session-store';
import type { Actor } from '../../access/actor.decorator.js';
import { SessionExpired } from '../../access/access.errors.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { RevokeSessions } from '../../revocations/revoke-sessions.js';
import type { GrantRights } from '../../roles/grant-rights.js';
import { includesPermission, isPrivileged } from '../../roles/permissions.js';
import { BeyondOwnRights } from '../../roles/roles.errors.js';
import type { AccessTokenIssuer, IssuedAccessToken } from '../../tokens/access-token-issuer.js';
import type { RefreshTokens } from '../../tokens/refresh-token.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { NotImpersonating, UserNotFound } from '../administration.errors.js';
import { IMPERSONATION } from './end-impersonations.js';
import type { ImpersonationLedger } from './impersonation-ledger.port.js';

/** Longest time an administrator acts in somebody's place, whatever is refreshed. */
export const MAX_IMPERSONATION_MS = 30 * 60_000;

/** Their own sessions must not make room for it: nobody is signed out because somebody helps them. */
const NO_LIMIT = 1_000_000;
const CLIENT_ID = 'web';

export interface ImpersonateCommand {
  readonly userId: number;
  /** Why; kept in the log. */
  readonly reason: string;
  readonly actor: Actor;
  readonly userAgent: string;
}

export interface ImpersonationStarted {
  readonly user: User;
  readonly session: Session;
  readonly accessToken: IssuedAccessToken;
  readonly refreshToken: string;
}

/** Opens a session of a person for an administrator. Its tokens say who acts (`act`, RFC 8693 §4.1). */
export class Impersonate {
  constructor(
    private readonly users: UserRepository,
    private readonly grant: GrantRights,
    private readonly sessions: SessionStore,
    private readonly ledger: ImpersonationLedger,
    private readonly accessTokens: AccessTokenIssuer,
    private readonly refreshTokens: RefreshTokens,
    private readonly revokeSessions: RevokeSessions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {UserNotFound} for nobody, and for somebody who may not sign in.
   * @throws {BeyondOwnRights} for oneself, and for anybody who has a part in administration.
   * @throws {SessionExpired} when the administrator's own session has ended meanwhile.
   * @throws {DatabaseUnavailable} {SessionStoreUnavailable}
   */
  async run({ userId, reason, actor, userAgent }: ImpersonateCommand): Promise<ImpersonationStarted> {
    const user = await this.users.findById(userId);
    if (!user || user.disabledAtMs !== null) throw new UserNotFound();
    const rights = await this.grant.of(user);
    if (userId === actor.userId || isPrivileged(rights.scope.split(' '))) throw new BeyondOwnRights();
    const own = await this.sessions.find(actor.userId, actor.sessionId);
    if (!own) throw new SessionExpired();

    const nowMs = this.clock.nowMs();
    const lifeMs = Math.min(MAX_IMPERSONATION_MS, own.absoluteExpiresAtMs - nowMs, own.idleExpiresAtMs - nowMs);
    const sessionId = randomHex(32);
    const refreshToken = this.refreshTokens.mint(sessionId);
    const { userId: actorId, sessionId: actorSessionId, ipAddress, requestId } = actor;
    // Before the session: whatever ends the administrator's from now on finds this one.
    const times = { startedAtMs: nowMs, expiresAtMs: nowMs + lifeMs };
    await this.ledger.add({ sessionId, userId, actorId, actorSessionId, reason, ...times });
    const { session } = await this.sessions.open(
      {
        id: sessionId,
        userId,
        email: user.email,
        ...rights,
        clientId: CLIENT_ID,
        authMethods: own.authMethods,
        acr: own.acr,
        authenticatedAtMs: own.authenticatedAtMs,
        ipAddress,
        userAgent,
        deviceName: null,
        deviceId: null,
        actorId,
        rememberMe: false,
        idleTtlMs: lifeMs,
        absoluteTtlMs: lifeMs,
        refreshTokenHash: refreshToken.hash,
      },
      NO_LIMIT,
    );
    const { confirmed, accessToken } = await this.unlessFailed(session, () => this.confirm(session, actor));
    const details = { reason, expires_at: new Date(times.expiresAtMs).toISOString() };
    this.audit.record({ kind: 'impersonation.started', userId, actorId, sessionId, ipAddress, requestId, details });
    return { user, session: confirmed, accessToken, refreshToken: refreshToken.text };
  }

  private async confirm(
    session: Session,
    actor: Actor,
  ): Promise<{ readonly confirmed: Session; readonly accessToken: IssuedAccessToken }> {
    await this.assertStillAllowed(session, actor);
    const { id: sessionId, userId } = session;
    const confirmed = await this.grant.confirm(session);
    if (!confirmed) throw new UserNotFound();
    // Given a part in administration since the first look.
    if (isPrivileged(confirmed.scope.split(' '))) {
      await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'admin' });
      throw new BeyondOwnRights();
    }
    return { confirmed, accessToken: await this.accessTokens.issue({ ...confirmed, sessionId }) };
  }

  /** Nobody has a token of the session yet. Left behind, it would stand among the person's, and end in the log without having begun. */
  private async unlessFailed<T>({ id, userId }: Session, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Best effort: it runs out.
      await Promise.allSettled([this.sessions.end(userId, id), this.ledger.end(id, this.clock.nowMs())]);
      throw error;
    }
  }

  /** @throws {NotImpersonating} for a session in which nobody acts for another. */
  async stop({
    userId,
    sessionId,
    actorId,
  }: {
    userId: number;
    sessionId: string;
    actorId?: number | undefined;
  }): Promise<string> {
    if (actorId === undefined) throw new NotImpersonating();
    // The end is noted where the revocation is delivered, whatever it came from.
    const { revocationId } = await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'user_signout' });
    return revocationId;
  }

  /** The administrator may have been signed out or demoted between the first look and the opening. */
  private async assertStillAllowed({ id, userId }: Session, actor: Actor): Promise<void> {
    const own = await this.sessions.find(actor.userId, actor.sessionId);
    const admin = await this.users.findById(actor.userId);
    const scope = admin && admin.disabledAtMs === null ? (await this.grant.of(admin)).scope : '';
    if (own && includesPermission(scope.split(' '), IMPERSONATION)) return;
    await this.revokeSessions.run({ userId, sessionIds: [id], reason: 'admin' });
    throw new SessionExpired();
  }
}
