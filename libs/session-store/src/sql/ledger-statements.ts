import type { LedgerEntry } from '../ledger/session-ledger.port.js';
import type { EndedRecord, SessionRecord } from '../ledger/session-record.js';

/** A statement with its parameters. */
export type Statement = readonly [text: string, parameters: unknown[]];

/** Assigned in this order, and that matters to MySQL: it reads the columns of its conditions as already assigned. */
const COLUMNS = [
  ...['id', 'user_id', 'facts', 'refresh_token_hash', 'opened_order', 'created_at_ms', 'last_access_at_ms'],
  ...['idle_ttl_ms', 'idle_expires_at_ms', 'absolute_expires_at_ms', 'request_count', 'last_request_at_ms'],
  ...['ip_addresses', 'rotated_at_ms', 'version', 'rotation', 'ended_at_ms', 'end_reason'],
] as const;
const SHOWN = COLUMNS.slice(2, 13);
const PLACES = `(${COLUMNS.map(() => '?').join(', ')})`;
/** An end without its session is kept for as long as any session could live, in ms. */
const LONGEST_LIFE_MS = 7_776_000_000;

/** More rotations win; of one rotation the account that rotated at the same moment and has more changes. */
const NEWER = {
  mysql:
    'VALUES(rotation) > rotation OR ' +
    '(VALUES(rotation) = rotation AND VALUES(rotated_at_ms) <=> rotated_at_ms AND VALUES(version) > version)',
  sqlite:
    'excluded.rotation > rotation OR ' +
    '(excluded.rotation = rotation AND excluded.rotated_at_ms IS rotated_at_ms AND excluded.version > version)',
};

/** Writes the records that are news. Whether a session has ended is not theirs to say. */
export function upsertRecords(dialect: keyof typeof NEWER, records: readonly SessionRecord[]): Statement {
  const insert = `INSERT INTO session_ledger (${COLUMNS.join(', ')}) VALUES ${records.map(() => PLACES).join(', ')}`;
  const parameters = records.flatMap(valuesOf);
  if (dialect === 'sqlite') {
    const all = [...SHOWN, 'rotated_at_ms', 'version', 'rotation'];
    const assigned = all.map((column) => `${column} = excluded.${column}`).join(', ');
    return [`${insert} ON CONFLICT (id) DO UPDATE SET ${assigned} WHERE ${NEWER.sqlite}`, parameters];
  }
  const ifNewer = (column: string) => `${column} = IF(${NEWER.mysql}, VALUES(${column}), ${column})`;
  const assigned = [...SHOWN, 'rotated_at_ms', 'version'].map(ifNewer).join(', ');
  // Last, and without the condition, which has lost its footing: what is news never has fewer rotations.
  return [`${insert} ON DUPLICATE KEY UPDATE ${assigned}, rotation = GREATEST(rotation, VALUES(rotation))`, parameters];
}

/** Marks sessions as ended, also those that have not been written yet. The first reason stands. */
export function upsertEnds(dialect: keyof typeof NEWER, ends: readonly (EndedRecord & { atMs: number })[]): Statement {
  const insert = `INSERT INTO session_ledger (${COLUMNS.join(', ')}) VALUES ${ends.map(() => PLACES).join(', ')}`;
  const parameters = ends.flatMap(({ sessionId, userId, reason, atMs }) => [
    ...[sessionId, userId, '{}', '', atMs * 1000, atMs, atMs, 0, atMs, atMs + LONGEST_LIFE_MS, 0, null, '[]'],
    ...[null, 0, 0, atMs, reason],
  ]);
  if (dialect === 'sqlite') {
    const assigned = 'ended_at_ms = excluded.ended_at_ms, end_reason = excluded.end_reason';
    const unless = 'ended_at_ms IS NULL AND user_id = excluded.user_id';
    return [`${insert} ON CONFLICT (id) DO UPDATE SET ${assigned} WHERE ${unless}`, parameters];
  }
  const ifFirst = (column: string) =>
    `${column} = IF(ended_at_ms IS NULL AND user_id = VALUES(user_id), VALUES(${column}), ${column})`;
  return [`${insert} ON DUPLICATE KEY UPDATE ${ifFirst('end_reason')}, ${ifFirst('ended_at_ms')}`, parameters];
}

/** What is being written of each session, apart. */
export function sorted(entries: readonly LedgerEntry[]) {
  const records = entries.flatMap(({ record }) => (record ? [record] : []));
  const ends = entries.flatMap(({ ended }) => (ended ? [ended] : []));
  // One order for all writers, so that no two wait for each other in a circle.
  records.sort((a, b) => (a.id < b.id ? -1 : 1));
  ends.sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  return { records, ends };
}

function valuesOf(record: SessionRecord): unknown[] {
  const { id, userId, email, roles, scope, generation, clientId, authMethods, acr, authenticatedAtMs } = record;
  const { ipAddress, userAgent, deviceName, deviceId, actorId, rememberMe } = record;
  const facts = {
    ...{ email, roles, scope, generation, clientId, authMethods, acr, authenticatedAtMs },
    ...{ ipAddress, userAgent, deviceName, deviceId, actorId, rememberMe },
  };
  return [
    ...[id, userId, JSON.stringify(facts), record.refreshTokenHash, record.order, record.createdAtMs],
    ...[record.lastAccessAtMs, record.idleTtlMs, record.idleExpiresAtMs, record.absoluteExpiresAtMs],
    ...[record.requestCount, record.lastRequestAtMs, JSON.stringify(record.ipAddresses), record.rotatedAtMs],
    ...[record.version, record.rotation, null, null],
  ];
}
