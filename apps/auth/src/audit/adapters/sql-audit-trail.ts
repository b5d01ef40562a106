import { orUnavailable } from '@gatehouse/sql';
import { Brackets, type DataSource, type SelectQueryBuilder } from 'typeorm';
import { cursorOf, newestFirst, type Place, placeOf } from '../audit-cursor.js';
import type { AuditEventKind } from '../audit-event-kinds.js';
import { type AuditPage, type AuditQuery, AuditTrail, MAX_AUDIT_PAGE } from '../audit-trail.port.js';
import { toEntry } from '../to-entry.js';
import type { AuditEventRow } from './audit-event.entity.js';

interface OneStretch {
  readonly kind: AuditEventKind | undefined;
  /** Where the page before ended. */
  readonly before: Place | undefined;
}

/** Audit events, newest first. */
export class SqlAuditTrail extends AuditTrail {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async page(query: AuditQuery): Promise<AuditPage> {
    const limit = Math.max(1, Math.min(query.limit, MAX_AUDIT_PAGE));
    const before = query.cursor === undefined ? undefined : placeOf(query.cursor);
    // One kind is one stretch of an index. Several at once would be none, and the rarest of them a walk through the whole table.
    const kinds = query.kinds && query.kinds.length > 0 ? [...new Set(query.kinds)] : [undefined];
    const found = await orUnavailable(() =>
      Promise.all(kinds.map((kind) => newestEvents(this.dataSource, { ...query, kind, before }, limit + 1).getMany())),
    );
    const rows = found.flat().sort(newestFirst);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { entries: page.map(toEntry), nextCursor: rows.length > limit && last ? cursorOf(last) : undefined };
  }
}

/** One kind, or whichever; every such question is one stretch of one index. Apart, so that a test can ask the database about it. */
export function newestEvents(
  { manager }: Pick<DataSource, 'manager'>,
  query: Omit<AuditQuery, 'kinds' | 'cursor' | 'limit'> & OneStretch,
  limit: number,
): SelectQueryBuilder<AuditEventRow> {
  const { userId, actorId, clientId, kind, fromMs, untilMs, before } = query;
  const select = manager
    .getRepository<AuditEventRow>('AuditEvent')
    .createQueryBuilder('e')
    .orderBy('e.occurredAtMs', 'DESC')
    .addOrderBy('e.id', 'DESC')
    .limit(limit);
  if (userId !== undefined) select.andWhere('e.userId = :userId', { userId });
  if (actorId !== undefined) select.andWhere('e.actorId = :actorId', { actorId });
  if (clientId !== undefined) select.andWhere('e.clientId = :clientId', { clientId });
  if (kind !== undefined) select.andWhere('e.kind = :kind', { kind });
  if (fromMs !== undefined) select.andWhere('e.occurredAtMs >= :fromMs', { fromMs });
  if (untilMs !== undefined) select.andWhere('e.occurredAtMs < :untilMs', { untilMs });
  if (before) {
    // The first half says nothing the second does not; it is what an index can start from.
    select
      .andWhere('e.occurredAtMs <= :atMs', { atMs: before.occurredAtMs })
      .andWhere(
        new Brackets((older) => older.where('e.occurredAtMs < :atMs').orWhere('e.id < :id', { id: before.id })),
      );
  }
  return select;
}
