import type { Clock } from '@gatehouse/kernel';
import { orUnavailable } from '@gatehouse/sql';
import { Brackets, type DataSource, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import type { KnownSessions } from '../ledger/restorable-session-store.js';
import { asSession, type SessionRecord } from '../ledger/session-record.js';
import {
  type LedgerEntry,
  type PastPlace,
  type PastSession,
  SessionLedger,
  type WriteOutcome,
} from '../ledger/session-ledger.port.js';
import { sorted, upsertEnds, upsertRecords } from './ledger-statements.js';
import type { LedgerRow } from './session-ledger.entity.js';

export interface SqlLedgerSettings {
  /** How long a session is kept after its end, in ms. It is kept to its last deadline in any case. */
  readonly keepPastMs: number;
}

/** What is revoked durably, whoever wrote it: the ledger must not bring back a session whose end it has not heard of yet. */
export interface RevokedSessions {
  /** The ids of those that are revoked. */
  among(userId: number, sessions: readonly Pick<SessionRecord, 'id' | 'generation'>[]): Promise<ReadonlySet<string>>;
  /** A condition on `session_ledger` that holds for those that are revoked, and the reason as an expression. */
  readonly sql: { readonly condition: string; readonly reason: string };
}

/** A restored session that outlives this by the clock's doubt is taken off by the store. In ms. */
const CLOCK_DOUBT_MS = 3_600_000;
const PRUNE_PAGE = 500;

/** Sessions in MySQL or SQLite. */
export class SqlSessionLedger extends SessionLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly settings: SqlLedgerSettings,
    private readonly revoked?: RevokedSessions,
  ) {
    super();
  }

  async write(entries: readonly LedgerEntry[]): Promise<ReadonlyMap<string, WriteOutcome>> {
    const { records, ends } = sorted(entries);
    return orUnavailable(async () => {
      if (records.length > 0) await this.dataSource.query(...upsertRecords(this.dialect, records));
      if (ends.length > 0) await this.dataSource.query(...upsertEnds(this.dialect, ends));
      return this.outcomes(records);
    });
  }

  async ofUser(userId: number): Promise<KnownSessions> {
    return orUnavailable(async () => {
      const nowMs = this.clock.nowMs();
      const rows = await this.rows.findBy({ userId, absoluteExpiresAtMs: MoreThan(nowMs) });
      const running = rows.filter((row) => row.endedAtMs === null && row.idleExpiresAtMs > nowMs - CLOCK_DOUBT_MS);
      const over = rows.filter((row) => row.endedAtMs !== null).map(({ id }) => id);
      const records = running.map(toRecord);
      const revoked = await this.revokedAmong(userId, records);
      return {
        open: records.filter(({ id }) => !revoked.has(id)),
        endedIds: [...over, ...revoked],
      };
    });
  }

  async ownerOf(sessionId: string): Promise<number | undefined> {
    const row = await orUnavailable(() =>
      this.rows.findOne({ where: { id: sessionId }, select: { userId: true, id: true } }),
    );
    return row?.userId;
  }

  async history(userId: number, limit: number, behind?: PastPlace): Promise<PastSession[]> {
    const nowMs = this.clock.nowMs();
    // `min` of two columns: the deadline that came first.
    const ran = this.dialect === 'sqlite' ? 'MIN' : 'LEAST';
    const endedAt = `COALESCE(s.endedAtMs, ${ran}(s.idleExpiresAtMs, s.absoluteExpiresAtMs))`;
    const rows = await orUnavailable(() =>
      this.rows
        .createQueryBuilder('s')
        .where('s.userId = :userId', { userId })
        .andWhere("s.facts <> '{}'")
        .andWhere(
          new Brackets((over) =>
            over.where('s.endedAtMs IS NOT NULL').orWhere('s.idleExpiresAtMs <= :nowMs', { nowMs }),
          ),
        )
        .andWhere(`${endedAt} > :oldestMs`, { oldestMs: nowMs - this.settings.keepPastMs })
        .andWhere(behind ? `(${endedAt} < :endedAtMs OR (${endedAt} = :endedAtMs AND s.id < :sessionId))` : '1 = 1', {
          ...behind,
        })
        .orderBy(endedAt, 'DESC')
        .addOrderBy('s.id', 'DESC')
        .limit(limit)
        .getMany(),
    );
    return rows.map(toPast);
  }

  async forget(userId: number): Promise<void> {
    await orUnavailable(() => this.rows.delete({ userId }));
  }

  async tidy(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (this.revoked) {
      const { condition, reason } = this.revoked.sql;
      const marked = `UPDATE session_ledger SET end_reason = ${reason}, ended_at_ms = ? WHERE ended_at_ms IS NULL AND ${condition}`;
      await orUnavailable(() => this.dataSource.query(marked, [nowMs]));
    }
    const oldMs = nowMs - this.settings.keepPastMs;
    for (const over of [{ absoluteExpiresAtMs: LessThan(oldMs) }, endedBefore(oldMs, nowMs), idleBefore(oldMs)]) {
      await this.drop(over);
    }
  }

  /** Page by page: one statement over all of it would hold up everybody who writes. */
  private async drop(where: object): Promise<void> {
    for (;;) {
      const old = await orUnavailable(() => this.rows.find({ where, select: { id: true }, take: PRUNE_PAGE }));
      if (old.length > 0) await orUnavailable(() => this.rows.delete({ id: In(old.map(({ id }) => id)) }));
      if (old.length < PRUNE_PAGE) return;
    }
  }

  private async outcomes(records: readonly SessionRecord[]): Promise<Map<string, WriteOutcome>> {
    const outcomes = new Map<string, WriteOutcome>();
    const rotated = records.filter(({ rotation }) => rotation > 0);
    if (rotated.length === 0) return outcomes;
    const select = { id: true, rotation: true, rotatedAtMs: true, endedAtMs: true } as const;
    const rows = await this.rows.find({ where: { id: In(rotated.map(({ id }) => id)) }, select });
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const { id, rotation, rotatedAtMs } of rotated) {
      const row = byId.get(id);
      const isIt = row && row.endedAtMs === null && row.rotation === rotation && row.rotatedAtMs === rotatedAtMs;
      outcomes.set(id, isIt ? 'kept' : 'contradicted');
    }
    return outcomes;
  }

  private async revokedAmong(userId: number, records: readonly SessionRecord[]): Promise<ReadonlySet<string>> {
    return records.length === 0 || !this.revoked ? new Set() : this.revoked.among(userId, records);
  }

  private get rows() {
    return this.dataSource.getRepository<LedgerRow>('LedgerSession');
  }

  private get dialect(): 'mysql' | 'sqlite' {
    return this.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql';
  }
}

/** Ended long ago, and no store can hold it as live any more. */
const endedBefore = (oldMs: number, nowMs: number) => ({
  endedAtMs: LessThan(oldMs),
  absoluteExpiresAtMs: LessThan(nowMs),
});

/** Ran out long ago; a day more, because activity is written late. */
const idleBefore = (oldMs: number) => ({
  endedAtMs: IsNull(),
  idleExpiresAtMs: LessThan(oldMs - 86_400_000),
  absoluteExpiresAtMs: Not(IsNull()),
});

function toRecord(row: LedgerRow): SessionRecord {
  const facts = JSON.parse(row.facts) as Omit<SessionRecord, keyof LedgerRow>;
  return {
    ...facts,
    id: row.id,
    userId: row.userId,
    createdAtMs: row.createdAtMs,
    lastAccessAtMs: row.lastAccessAtMs,
    idleTtlMs: row.idleTtlMs,
    idleExpiresAtMs: row.idleExpiresAtMs,
    absoluteExpiresAtMs: row.absoluteExpiresAtMs,
    requestCount: row.requestCount,
    lastRequestAtMs: row.lastRequestAtMs,
    ipAddresses: JSON.parse(row.ipAddresses) as string[],
    rotation: row.rotation,
    refreshTokenHash: row.refreshTokenHash,
    rotatedAtMs: row.rotatedAtMs,
    version: row.version,
    order: row.openedOrder,
  };
}

function toPast(row: LedgerRow): PastSession {
  const session = asSession(toRecord(row));
  const ranOutAtMs = Math.min(row.idleExpiresAtMs, row.absoluteExpiresAtMs);
  const ranOut = row.idleExpiresAtMs < row.absoluteExpiresAtMs ? 'idle_timeout' : 'absolute_timeout';
  return { session, endedAtMs: row.endedAtMs ?? ranOutAtMs, reason: row.endReason ?? ranOut };
}
