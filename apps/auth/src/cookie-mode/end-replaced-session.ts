import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeSessions } from '../revocations/revoke-sessions.js';

export interface ReplacedSession {
  readonly sessionId: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/**
 * Ends a session whose cookies have been overwritten, or never were set: it would stand in the list of its owner with nobody left to
 * use it or to end it. A sign-in on top of another one is also the moment at which an older token must die (ASVS 7.2.4).
 */
export class EndReplacedSession {
  constructor(
    private readonly sessions: Pick<SessionStore, 'ownerOf' | 'find'>,
    private readonly revokeSessions: Pick<RevokeSessions, 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
  ) {}

  /** Best effort: never a reason to refuse the sign-in that took its place. What is left over ends at its idle deadline. */
  async run({ sessionId, ...place }: ReplacedSession): Promise<void> {
    try {
      const userId = await this.sessions.ownerOf(sessionId);
      if (userId === undefined || !(await this.sessions.find(userId, sessionId))) return;
      await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'user_signout' });
      this.audit.record({ kind: 'signout', userId, sessionId, ...place, details: { reason: 'replaced' } });
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable || error instanceof DatabaseUnavailable)) throw error;
    }
  }
}
