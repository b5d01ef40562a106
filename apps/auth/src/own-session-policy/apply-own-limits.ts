import type { Clock } from '@gatehouse/kernel';
import type { Session, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeSessions } from '../revocations/revoke-sessions.js';
import type { OwnSessionLimits } from '../users/user.js';
import { narrowedBy } from './life-of-session.js';

export interface ApplyOwnLimitsCommand {
  readonly userId: number;
  readonly limits: OwnSessionLimits;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface AppliedOwnLimits {
  readonly endedCount: number;
  /** `null` when there was nothing to end. */
  readonly revocationId: string | null;
}

/**
 * Brings the sessions a person has open under the limits they chose. None lasts longer by it. Sessions in which an administrator acts in
 * their place have limits of their own.
 */
export class ApplyOwnLimits {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: Pick<RevokeSessions, 'run'>,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Repeating it is harmless. A session that is being opened meanwhile is the opening's affair.
   *
   * @throws {SessionStoreUnavailable} when it cannot be told which sessions there are; some may have been changed.
   * @throws {DatabaseUnavailable} when the end of one could not be made durable.
   */
  async run({ userId, limits, ipAddress, requestId }: ApplyOwnLimitsCommand): Promise<AppliedOwnLimits> {
    const own = (await this.sessions.list(userId)).filter(({ actorId }) => actorId === null);
    const over = own.filter((session) => this.isOver(session, limits));
    const revocationId = await this.end(
      userId,
      over.map(({ id }) => id),
    );
    for (const { id: sessionId } of over) {
      this.audit.record({ kind: 'session.revoked', userId, sessionId, ipAddress, requestId });
    }
    for (const session of own.filter((one) => !over.includes(one))) {
      const change = narrowedBy(limits, session);
      if (Object.keys(change).length > 0) await this.sessions.amend(userId, session.id, change);
    }
    return { endedCount: over.length, revocationId };
  }

  /** One that would have ended by now. Its access token must not outlive it, so running out is not enough. */
  private isOver(session: Session, limits: OwnSessionLimits): boolean {
    const { endsByMs = Infinity, idleAtMostMs = Infinity } = narrowedBy(limits, session);
    return Math.min(endsByMs, session.lastAccessAtMs + idleAtMostMs) <= this.clock.nowMs();
  }

  private async end(userId: number, sessionIds: readonly string[]): Promise<string | null> {
    if (sessionIds.length === 0) return null;
    return (await this.revokeSessions.run({ userId, sessionIds, reason: 'user_revoked' })).revocationId;
  }
}
