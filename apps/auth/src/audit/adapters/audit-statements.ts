import type { EntityManager } from 'typeorm';
import type { ChainedRow, ChainHead } from '../chain.js';
import { figureOf } from '../figures.js';
import type { NewRow } from '../new-row.js';
import type { AuditChainRow } from './audit-chain.entity.js';
import type { AuditEventRow } from './audit-event.entity.js';

const isMysql = (manager: EntityManager) => manager.dataSource.options.type === 'mysql';

/** Written out: a batch passes through here for every request, and mapping it to entities takes longer than the database does. */
const COLUMNS = [
  ['event_id', 'eventId'],
  ['seq', 'seq'],
  ['kind', 'kind'],
  ['user_id', 'userId'],
  ['actor_id', 'actorId'],
  ['client_id', 'clientId'],
  ['session_id', 'sessionId'],
  ['ip_address', 'ipAddress'],
  ['request_id', 'requestId'],
  ['details', 'details'],
  ['occurred_at_ms', 'occurredAtMs'],
  ['witnessed', 'witnessed'],
  ['prev_hash', 'prevHash'],
  ['hash', 'hash'],
] as const;
const INSERT = `INSERT INTO audit_events (${COLUMNS.map(([name]) => name).join(', ')}) VALUES `;
/** SQLite takes 32766 values, MySQL a packet. */
const ROWS_PER_STATEMENT = 500;
const ONE_ROW = `(${COLUMNS.map(() => '?').join(', ')})`;

export async function insertRows(
  manager: EntityManager,
  rows: readonly (ChainedRow & { readonly hash: string })[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const some = rows.slice(start, start + ROWS_PER_STATEMENT);
    const values = some.flatMap((row) => COLUMNS.map(([, member]) => row[member]));
    await manager.query(INSERT + some.map(() => ONE_ROW).join(', '), values);
  }
}

/** Which of the rows are in the table. */
export async function known(manager: EntityManager, rows: readonly NewRow[]): Promise<Set<string | null>> {
  if (rows.length === 0) return new Set();
  const found = await manager.query<{ event_id: string }[]>(
    `SELECT event_id FROM audit_events WHERE event_id IN (${rows.map(() => '?').join(', ')})`,
    rows.map(({ eventId }) => eventId),
  );
  return new Set(found.map((row) => row.event_id));
}

/** Adds the rows to the figures of their hours. */
export async function addFigures(
  manager: EntityManager,
  rows: readonly Pick<NewRow, 'kind' | 'details' | 'occurredAtMs'>[],
): Promise<void> {
  const totals = new Map<string, { readonly key: readonly [string, number, string]; total: number }>();
  for (const row of rows) {
    const { kind, hour, reason } = figureOf(row);
    const name = `${kind} ${hour} ${reason}`;
    const counted = totals.get(name) ?? { key: [kind, hour, reason] as const, total: 0 };
    counted.total++;
    totals.set(name, counted);
  }
  const values = [...totals.values()].flatMap(({ key, total }) => [...key, total]);
  const onTop = isMysql(manager)
    ? 'ON DUPLICATE KEY UPDATE total = total + VALUES(total)'
    : 'ON CONFLICT (kind, hour, reason) DO UPDATE SET total = total + excluded.total';
  const places = [...totals].map(() => '(?, ?, ?, ?)').join(', ');
  await manager.query(`INSERT INTO audit_figures (kind, hour, reason, total) VALUES ${places} ${onTop}`, values);
}

export interface StoredHead {
  readonly head: ChainHead;
  readonly seal: string | null;
}

/** @param lock - holds it to the end of the transaction. */
export async function readHead(manager: EntityManager, { lock }: { lock: boolean }): Promise<StoredHead | undefined> {
  const heads = manager.getRepository<AuditChainRow>('AuditChain').createQueryBuilder('c').where('c.id = 1');
  if (lock && isMysql(manager)) heads.setLock('pessimistic_write');
  // SQLite locks the file on the first write; begun with a read, it could find itself unable to write any more.
  if (lock && !isMysql(manager)) await manager.query('UPDATE audit_chain SET id = 1 WHERE id = 1');
  const row = await heads.getOne();
  if (!row) return undefined;
  const { seq, hash, prunedSeq, prunedHash, seal } = row;
  return { head: { seq, hash, prunedSeq, prunedHash }, seal };
}

export async function writeHead(manager: EntityManager, head: ChainHead, seal: string): Promise<void> {
  const { affected } = await manager.getRepository<AuditChainRow>('AuditChain').update({ id: 1 }, { ...head, seal });
  // Somebody has taken the row away: the table must have it again, or nobody would wait for anybody.
  if (affected === 0) await manager.getRepository<AuditChainRow>('AuditChain').insert({ id: 1, ...head, seal });
}

export async function newestRow(manager: EntityManager): Promise<{ seq: number; hash: string } | undefined> {
  const row = await manager
    .getRepository<AuditEventRow>('AuditEvent')
    .createQueryBuilder('e')
    .select(['e.id', 'e.seq', 'e.hash'])
    .where('e.seq IS NOT NULL')
    .orderBy('e.seq', 'DESC')
    .limit(1)
    .getOne();
  return row ? { seq: row.seq ?? 0, hash: row.hash ?? '' } : undefined;
}
