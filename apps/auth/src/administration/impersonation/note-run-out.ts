import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { ImpersonationLedger } from './impersonation-ledger.port.js';

/** At a time; the next look takes the others. */
const MOST = 100;

/** Puts down the end of impersonations that nobody ended: their session has run out. */
export class NoteRunOut {
  constructor(
    private readonly ledger: ImpersonationLedger,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Any number of instances may do it at once; each end is put down by one of them.
   *
   * @throws {DatabaseUnavailable}
   */
  async run(): Promise<void> {
    for (const { sessionId, userId, actorId, expiresAtMs } of await this.ledger.runOut(this.clock.nowMs(), MOST)) {
      if (!(await this.ledger.end(sessionId, expiresAtMs))) continue;
      const details = { how: 'ran_out', ended_at: new Date(expiresAtMs).toISOString() };
      this.audit.record({ kind: 'impersonation.ended', userId, actorId, sessionId, details });
    }
  }
}
