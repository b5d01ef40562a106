import type { Clock } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionRights } from '@gatehouse/session-store';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { includesPermission } from '../../roles/permissions.js';
import type { Impersonation, ImpersonationLedger } from './impersonation-ledger.port.js';

/** What acting in somebody's place takes. */
export const IMPERSONATION = 'admin:impersonation';

/**
 * Finds out which impersonations end with what is being revoked: with the administrator's own session, and with an administrator
 * who is signed out everywhere or may no longer do this.
 */
export class EndImpersonations {
  constructor(
    private readonly ledger: ImpersonationLedger,
    private readonly rightsOf: (userId: number) => Promise<SessionRights | undefined>,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns entries to revoke as well. Repeating it is harmless.
   * @throws {DatabaseUnavailable}
   */
  async run(rows: readonly OutboxRow[]): Promise<OutboxRow[]> {
    const ended = new Set(rows.filter(({ entry }) => entry.scope === 'sid').map(({ entry }) => entry.value));
    const people = new Map(
      rows.filter(({ entry }) => entry.scope === 'sub').map((row) => [Number(row.entry.value), row]),
    );
    const concerned = await this.ledger.concernedBy([...ended], [...people.keys()]);
    for (const impersonation of concerned.filter(({ sessionId }) => ended.has(sessionId)))
      await this.note(impersonation);

    const toEnd: OutboxRow[] = [];
    for (const { sessionId, userId, actorId, actorSessionId } of concerned) {
      if (ended.has(sessionId)) continue;
      const cause =
        rows.find(({ entry }) => entry.scope === 'sid' && entry.value === actorSessionId) ?? people.get(actorId);
      if (!cause || (!ended.has(actorSessionId) && (await this.mayGoOn(actorId, cause)))) continue;
      const { id, untilMs } = cause.entry;
      toEnd.push({ entry: { id, scope: 'sid', value: sessionId, cutoff: 0, untilMs, reason: 'admin' }, userId });
    }
    return toEnd;
  }

  /** Other roles may leave an administrator one who may do this. */
  private async mayGoOn(actorId: number, { entry }: OutboxRow): Promise<boolean> {
    if (entry.reason !== 'role_changed') return false;
    const rights = await this.rightsOf(actorId);
    return rights !== undefined && includesPermission(rights.scope.split(' '), IMPERSONATION);
  }

  private async note({ userId, actorId, sessionId }: Impersonation): Promise<void> {
    // Once, though the row may be delivered by several instances.
    if (!(await this.ledger.end(sessionId, this.clock.nowMs()))) return;
    this.audit.record({ kind: 'impersonation.ended', userId, actorId, sessionId, details: { how: 'revoked' } });
  }
}
