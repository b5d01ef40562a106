import { cursorOf, newestFirst, placeOf } from '../audit-cursor.js';
import { type AuditPage, type AuditQuery, AuditTrail, MAX_AUDIT_PAGE } from '../audit-trail.port.js';
import { toEntry } from '../to-entry.js';
import type { MemoryAuditLog } from './memory-audit-log.js';

/** Reads a {@link MemoryAuditLog}. */
export class MemoryAuditTrail extends AuditTrail {
  constructor(private readonly log: Pick<MemoryAuditLog, 'rows'>) {
    super();
  }

  override async page(query: AuditQuery): Promise<AuditPage> {
    const { userId, actorId, clientId, kinds = [], fromMs = 0, untilMs = Infinity } = query;
    const limit = Math.max(1, Math.min(query.limit, MAX_AUDIT_PAGE));
    const before = query.cursor === undefined ? undefined : placeOf(query.cursor);
    const found = this.log.rows
      .map((row, index) => ({ ...row, id: index + 1, seq: index + 1 }))
      .filter((row) => userId === undefined || row.userId === userId)
      .filter((row) => actorId === undefined || row.actorId === actorId)
      .filter((row) => clientId === undefined || row.clientId === clientId)
      .filter((row) => kinds.length === 0 || kinds.some((kind) => kind === row.kind))
      .filter((row) => row.occurredAtMs >= fromMs && row.occurredAtMs < untilMs)
      .filter((row) => !before || newestFirst(before, row) < 0)
      .sort(newestFirst);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return { entries: page.map(toEntry), nextCursor: found.length > limit && last ? cursorOf(last) : undefined };
  }
}
