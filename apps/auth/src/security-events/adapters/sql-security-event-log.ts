import type { Clock } from '@gatehouse/kernel';
import { orUnavailable, transaction } from '@gatehouse/sql';
import { type DataSource, type EntityManager, LessThan, LessThanOrEqual, MoreThan, type Repository } from 'typeorm';
import type { Initiator, SecurityEvent, SecurityEventType } from '../security-event.js';
import { KEEP_EVENTS_MS, SecurityEventLog } from '../security-event-log.port.js';
import {
  type Found,
  foundPasswordChanges,
  foundRevocations,
  newestAudited,
  newestRevocation,
  PAGE,
} from './event-sources.js';
import type { SecurityEventCursorRow, SecurityEventRow } from './security-event.entity.js';
import { leastPosition } from './sql-receiver-cursors.js';

const REVOCATIONS = 'from:revocations';
const PASSWORDS = 'from:audit';
/**
 * After this long nothing turns up among what could be seen already, in ms. Whoever writes a revocation has given up, and rolls back,
 * after one second; the rest is for a server that takes its time to commit.
 */
const SETTLED_MS = 60_000;
const COLLECT_TIMEOUT_MS = 5_000;
const PRUNE_STEP = 2_000;

/** A number below which every revocation could be seen at `atMs`, late ones excepted. */
interface Sight {
  readonly newest: number;
  readonly atMs: number;
}

/** Security events in MySQL or SQLite: found in the tables of revocations and of the audit log, which know nothing of it. */
export class SqlSecurityEventLog extends SecurityEventLog {
  private sight: Sight | undefined;

  /** @param accessTokenSeconds - longest life of an access token. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async collect(): Promise<number> {
    let total = 0;
    for (;;) {
      const { noted, sight, isWhole } = await transaction(this.dataSource, (manager) => this.step(manager), {
        timeoutMs: COLLECT_TIMEOUT_MS,
      });
      this.sight = sight;
      total += noted;
      if (isWhole) return total;
    }
  }

  override async after(position: number, limit: number): Promise<readonly SecurityEvent[]> {
    const rows = await orUnavailable(() =>
      eventsOf(this.dataSource.manager).find({
        where: { id: MoreThan(position) },
        order: { id: 'ASC' },
        take: limit,
      }),
    );
    return rows.map(toEvent);
  }

  override async prune(): Promise<number> {
    const nowMs = this.clock.nowMs();
    const told = await leastPosition(this.dataSource.manager, nowMs);
    let total = 0;
    for (;;) {
      const removed = await orUnavailable(() => this.pruneStep(told, nowMs));
      total += removed;
      if (removed === 0) return total;
    }
  }

  private async step(manager: EntityManager): Promise<{ noted: number; sight: Sight | undefined; isWhole: boolean }> {
    const from = await this.lock(manager);
    if (!from) return { noted: 0, sight: undefined, isWhole: true };
    const nowMs = this.clock.nowMs();
    const revoked = await foundRevocations(manager, from.revocations, this.accessTokenSeconds, this.clock);
    const changed = await foundPasswordChanges(manager, from.passwords);
    await this.note(manager, 'revocation', revoked, nowMs);
    await this.note(manager, 'audit', changed, nowMs);
    await moveTo(manager, PASSWORDS, changed.newest, nowMs);
    const isWhole = revoked.events.length < PAGE && changed.events.length < PAGE;
    const seen = this.sight;
    const hasSettled = isWhole && seen !== undefined && nowMs - seen.atMs >= SETTLED_MS;
    await moveTo(manager, REVOCATIONS, hasSettled ? Math.max(from.revocations, seen.newest) : from.revocations, nowMs);
    const isNewSight = isWhole && (hasSettled || seen === undefined);
    return {
      noted: revoked.events.length + changed.events.length,
      sight: isNewSight ? { newest: revoked.newest, atMs: nowMs } : seen,
      isWhole,
    };
  }

  /** Takes the lock. @returns where each source is to be read from; `undefined` when the log begins now. */
  private async lock(manager: EntityManager) {
    // Nothing changes, but the row is locked, and in SQLite the file; a transaction begun with a read could not go on to write there.
    await manager.query('UPDATE security_event_cursors SET position = position WHERE name = ?', [REVOCATIONS]);
    const nowMs = this.clock.nowMs();
    const revocations = await cursorsOf(manager).findOneBy({ name: REVOCATIONS });
    const passwords = await cursorsOf(manager).findOneBy({ name: PASSWORDS });
    // Whoever left it to itself for longer than anything is kept begins again.
    const isKnown = revocations && passwords && nowMs - revocations.heldUntilMs < KEEP_EVENTS_MS;
    if (isKnown) return { revocations: revocations.position, passwords: passwords.position };
    await begin(manager, REVOCATIONS, await newestRevocation(manager), nowMs);
    await begin(manager, PASSWORDS, await newestAudited(manager), nowMs);
    return undefined;
  }

  private async note(
    manager: EntityManager,
    source: SecurityEventRow['source'],
    { events }: Found,
    notedAtMs: number,
  ): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map(({ id: eventId, ...event }) => ({ ...event, source, eventId, notedAtMs }));
    await eventsOf(manager).createQueryBuilder().insert().values(rows).updateEntity(false).execute();
  }

  /** What has not settled yet stays, or it would be found again. */
  private async pruneStep(told: number, nowMs: number): Promise<number> {
    const { manager } = this.dataSource;
    const from = await cursorsOf(manager).findOneBy({ name: REVOCATIONS });
    const [oldest] = await eventsOf(manager).find({ order: { id: 'ASC' }, take: 1 });
    if (!from || !oldest) return 0;
    const { affected } = await eventsOf(manager)
      .createQueryBuilder()
      .delete()
      .where({ id: LessThan(oldest.id + PRUNE_STEP) })
      .andWhere([{ id: LessThanOrEqual(told) }, { notedAtMs: LessThan(nowMs - KEEP_EVENTS_MS) }])
      .andWhere([{ source: 'audit' }, { sourceId: LessThanOrEqual(from.position) }])
      .execute();
    return affected ?? 0;
  }
}

async function begin(manager: EntityManager, name: string, position: number, nowMs: number): Promise<void> {
  const row = { name, position, sinceMs: nowMs, heldBy: null, heldUntilMs: nowMs, attempts: 0, dueAtMs: 0 };
  await cursorsOf(manager).upsert(row, ['name']);
}

const moveTo = (manager: EntityManager, name: string, position: number, heldUntilMs: number) =>
  cursorsOf(manager).update({ name }, { position, heldUntilMs });

const eventsOf = (manager: EntityManager): Repository<SecurityEventRow> => manager.getRepository('SecurityEvent');
const cursorsOf = (manager: EntityManager): Repository<SecurityEventCursorRow> =>
  manager.getRepository('SecurityEventCursor');

function toEvent(row: SecurityEventRow): SecurityEvent {
  const { id: position, eventId: id, actId, type, userId, sessionId, deviceId, initiator, happenedAtMs } = row;
  return {
    position,
    id,
    actId,
    type: type as SecurityEventType,
    userId,
    sessionId,
    deviceId,
    initiator: initiator as Initiator | null,
    happenedAtMs,
  };
}
