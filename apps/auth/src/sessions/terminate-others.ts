import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeSessions } from '../revocations/revoke-sessions.js';

export interface TerminateOthersCommand {
  readonly userId: number;
  /** The session to keep; `undefined` ends them all. */
  readonly keepSessionId: string | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface TerminatedOthers {
  readonly count: number;
  /** `null` when there was nothing to end. */
  readonly revocationId: string | null;
}

/** Signs a person out everywhere else, or everywhere. */
export class TerminateOthers {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Ends the sessions that are live when it begins; one that is opened meanwhile stays.
   *
   * @throws {SessionStoreUnavailable} when it cannot be told which sessions there are.
   */
  async run({ userId, keepSessionId, ipAddress, requestId }: TerminateOthersCommand): Promise<TerminatedOthers> {
    const live = await this.sessions.list(userId);
    const sessionIds = live.map(({ id }) => id).filter((id) => id !== keepSessionId);
    if (sessionIds.length === 0) return { count: 0, revocationId: null };
    const reason = keepSessionId === undefined ? 'user_revoked' : 'revoked_others';
    const { revocationId } = await this.revokeSessions.run({ userId, sessionIds, reason });
    for (const sessionId of sessionIds) {
      this.audit.record({ kind: 'session.revoked', userId, sessionId, ipAddress, requestId });
    }
    return { count: sessionIds.length, revocationId };
  }
}
