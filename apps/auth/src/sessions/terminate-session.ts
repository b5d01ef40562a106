import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevocationReceipt, RevokeSessions } from '../revocations/revoke-sessions.js';
import { SessionNotFound } from './sessions.errors.js';

export interface TerminateSessionCommand {
  readonly userId: number;
  readonly sessionId: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Ends one session of a person, from whichever device they ask. */
export class TerminateSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {SessionNotFound} for an ended session and for another person's alike.
   * @throws {SessionStoreUnavailable} when it cannot be told whose it is.
   */
  async run({ userId, sessionId, ipAddress, requestId }: TerminateSessionCommand): Promise<RevocationReceipt> {
    if (!(await this.sessions.find(userId, sessionId))) throw new SessionNotFound();
    const receipt = await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'user_revoked' });
    this.audit.record({ kind: 'session.revoked', userId, sessionId, ipAddress, requestId });
    return receipt;
  }
}
