import type { Clock } from '@gatehouse/kernel';
import type { EntityManager } from 'typeorm';
import type { SecurityEvent } from '../security-event.js';
import { eventOfRevocation, TOLD_SCOPES, UNTOLD_REASON, type WrittenRevocation } from '../event-of-revocation.js';

/** Rows of one look at the most: a look holds a lock that the looks of other instances wait for. */
export const PAGE = 500;

export interface FoundEvent extends Omit<SecurityEvent, 'position'> {
  readonly sourceId: number;
}

/** What a look at a source has found. */
export interface Found {
  readonly events: readonly FoundEvent[];
  /** The newest row that could be seen. */
  readonly newest: number;
}

/**
 * Revocations after `position` that are not among the events yet. Asked row by row, and not by the highest number noted: numbers are given
 * when a row is written and rows are seen when they are committed, so one may turn up below others that were noted before it.
 */
export async function foundRevocations(
  manager: EntityManager,
  position: number,
  accessTokenSeconds: number,
  clock: Clock,
): Promise<Found> {
  // Before the rows: what is committed in between is found the next time.
  const newest = await newestRevocation(manager);
  const rows = await manager.query<WrittenRevocation[]>(
    `SELECT r.id AS id, r.entry_id AS entryId, r.scope AS scope, r.value AS value, r.until_ms AS untilMs, r.reason AS reason,
       r.user_id AS userId
     FROM revocations r LEFT JOIN security_events e ON e.source = 'revocation' AND e.source_id = r.id
     WHERE r.id > ? AND e.id IS NULL AND r.scope IN (${TOLD_SCOPES.map(() => '?').join(', ')})
       AND NOT (r.scope = 'sub' AND r.reason = ?)
     ORDER BY r.id LIMIT ${PAGE}`,
    [position, ...TOLD_SCOPES, UNTOLD_REASON],
  );
  // Later than all of them: the look itself may have waited for its turn.
  const nowMs = clock.nowMs();
  const events = rows.map((row) => {
    const numbers = { id: Number(row.id), untilMs: Number(row.untilMs), userId: numberOf(row.userId) };
    return { ...eventOfRevocation({ ...row, ...numbers }, accessTokenSeconds, nowMs), sourceId: numbers.id };
  });
  return { events, newest };
}

/** Kinds of the audit log that say that a password has become another. Both are in it before they are acknowledged. */
const PASSWORD_KINDS = ['password.changed', 'password.reset'];

interface AuditedChange {
  readonly seq: number;
  readonly eventId: string | null;
  readonly userId: number;
  readonly occurredAtMs: number;
}

/**
 * Changes of passwords after `position`. Revocations do not tell of them: whoever changes a password with no other session open ends
 * none. The audit log numbers its events under a lock, so none turns up below another.
 */
export async function foundPasswordChanges(manager: EntityManager, position: number): Promise<Found> {
  const newest = await newestAudited(manager);
  const rows = await manager.query<AuditedChange[]>(
    `SELECT seq, event_id AS eventId, user_id AS userId, occurred_at_ms AS occurredAtMs FROM audit_events
     WHERE seq > ? AND seq <= ? AND kind IN (${PASSWORD_KINDS.map(() => '?').join(', ')}) AND user_id IS NOT NULL
     ORDER BY seq LIMIT ${PAGE}`,
    [position, newest, ...PASSWORD_KINDS],
  );
  const events = rows.map(({ seq, eventId, userId, occurredAtMs }): FoundEvent => ({
    sourceId: Number(seq),
    id: eventId ?? `audit.${seq}.${occurredAtMs}`,
    actId: null,
    type: 'credential-change',
    userId: Number(userId),
    sessionId: null,
    deviceId: null,
    initiator: 'user',
    happenedAtMs: Number(occurredAtMs),
  }));
  // With more to come it goes on behind the last one.
  return { events, newest: events.length < PAGE ? newest : (events.at(-1)?.sourceId ?? newest) };
}

export const newestRevocation = (manager: EntityManager) => highest(manager, 'SELECT MAX(id) AS top FROM revocations');
export const newestAudited = (manager: EntityManager) => highest(manager, 'SELECT MAX(seq) AS top FROM audit_events');

async function highest(manager: EntityManager, statement: string): Promise<number> {
  const [row] = await manager.query<{ top: number | string | null }[]>(statement);
  return Number(row?.top ?? 0);
}

const numberOf = (value: number | null) => (value === null ? null : Number(value));
