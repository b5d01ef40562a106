import type { Clock } from '@gatehouse/kernel';
import type { KnownSessions } from '../ledger/restorable-session-store.js';
import {
  type LedgerEntry,
  type PastPlace,
  type PastSession,
  SessionLedger,
  type WriteOutcome,
} from '../ledger/session-ledger.port.js';
import { asSession, type SessionRecord } from '../ledger/session-record.js';
import { compareRecords } from './compare-records.js';

interface Row {
  readonly userId: number;
  record?: SessionRecord | undefined;
  ended?: { readonly atMs: number; readonly reason: string } | undefined;
}

/** A ledger in this process, for tests of what stands on one. */
export class MemorySessionLedger extends SessionLedger {
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly clock: Clock,
    private readonly keepPastMs: number,
  ) {
    super();
  }

  override async write(entries: readonly LedgerEntry[]): Promise<ReadonlyMap<string, WriteOutcome>> {
    const outcomes = new Map<string, WriteOutcome>();
    for (const { record } of entries) if (record) this.take(record);
    for (const { ended } of entries) {
      if (!ended) continue;
      const row = this.rows.get(ended.sessionId) ?? { userId: ended.userId };
      if (row.userId === ended.userId) row.ended ??= { atMs: ended.atMs, reason: ended.reason };
      this.rows.set(ended.sessionId, row);
    }
    for (const { record } of entries) {
      if (!record || record.rotation === 0) continue;
      const row = this.rows.get(record.id);
      const { rotation, rotatedAtMs } = row?.record ?? {};
      const isIt = !row?.ended && rotation === record.rotation && rotatedAtMs === record.rotatedAtMs;
      outcomes.set(record.id, isIt ? 'kept' : 'contradicted');
    }
    return outcomes;
  }

  override async ofUser(userId: number): Promise<KnownSessions> {
    const nowMs = this.clock.nowMs();
    const mine = [...this.rows].filter(([, row]) => row.userId === userId);
    const open = mine.flatMap(([, { record, ended }]) => (record && !ended ? [record] : []));
    return {
      open: open.filter(({ idleExpiresAtMs }) => idleExpiresAtMs > nowMs),
      endedIds: mine.filter(([, { ended }]) => ended).map(([id]) => id),
    };
  }

  override async ownerOf(sessionId: string): Promise<number | undefined> {
    return this.rows.get(sessionId)?.userId;
  }

  override async history(userId: number, limit: number, behind?: PastPlace): Promise<PastSession[]> {
    const oldestMs = this.clock.nowMs() - this.keepPastMs;
    const isBehind = (past: PastSession) => !behind || compareFromEnd(behind, placeOf(past)) < 0;
    return [...this.rows.values()]
      .filter((row) => row.userId === userId)
      .flatMap((row) => this.past(row))
      .filter((past) => isBehind(past) && past.endedAtMs > oldestMs)
      .sort((a, b) => compareFromEnd(placeOf(a), placeOf(b)))
      .slice(0, limit);
  }

  override async forget(userId: number): Promise<void> {
    for (const [id, row] of this.rows) if (row.userId === userId) this.rows.delete(id);
  }

  override async tidy(): Promise<void> {
    const oldMs = this.clock.nowMs() - this.keepPastMs;
    for (const [id, row] of this.rows) {
      const over = this.past(row)[0];
      const isHeld = (row.record?.absoluteExpiresAtMs ?? 0) > this.clock.nowMs() && row.ended;
      if (over && over.endedAtMs < oldMs && !isHeld) this.rows.delete(id);
    }
  }

  private take(record: SessionRecord): void {
    const row = this.rows.get(record.id) ?? { userId: record.userId };
    // At one rotation only the account that rotated at the same moment is the same account.
    const isSame = row.record?.rotation !== record.rotation || row.record.rotatedAtMs === record.rotatedAtMs;
    if (!row.record || (isSame && compareRecords(record, row.record) > 0)) row.record = record;
    this.rows.set(record.id, row);
  }

  private past({ record, ended }: Row): PastSession[] {
    if (!record) return [];
    const { idleExpiresAtMs, absoluteExpiresAtMs } = record;
    const ranOutAtMs = Math.min(idleExpiresAtMs, absoluteExpiresAtMs);
    if (!ended && ranOutAtMs > this.clock.nowMs()) return [];
    const ranOut = idleExpiresAtMs < absoluteExpiresAtMs ? 'idle_timeout' : 'absolute_timeout';
    return [{ session: asSession(record), endedAtMs: ended?.atMs ?? ranOutAtMs, reason: ended?.reason ?? ranOut }];
  }
}

const placeOf = ({ session, endedAtMs }: PastSession): PastPlace => ({ endedAtMs, sessionId: session.id });

/** Those that ended last first. */
function compareFromEnd(a: PastPlace, b: PastPlace): number {
  if (a.endedAtMs !== b.endedAtMs) return b.endedAtMs - a.endedAtMs;
  return a.sessionId === b.sessionId ? 0 : a.sessionId > b.sessionId ? -1 : 1;
}
