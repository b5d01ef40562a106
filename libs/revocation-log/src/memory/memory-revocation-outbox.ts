import type { RevocationEntry } from '@gatehouse/contracts';
import { RevocationOutbox, type ListedRevocation, type OutboxQuery, type OutboxRow } from '../outbox.port.js';

interface Kept extends OutboxRow {
  readonly position: number;
  delivered: boolean;
  beingDelivered: boolean;
}

const keyOf = ({ id, scope, value }: RevocationEntry) => `${id} ${scope} ${value}`;

/** Revocations in this process: durable as long as it runs. */
export class MemoryRevocationOutbox extends RevocationOutbox {
  private readonly rows = new Map<string, Kept>();
  private lastPosition = 0;

  async add(rows: readonly OutboxRow[]): Promise<void> {
    for (const row of rows) {
      const key = keyOf(row.entry);
      if (this.rows.has(key)) continue;
      this.rows.set(key, { ...row, position: ++this.lastPosition, delivered: false, beingDelivered: false });
    }
  }

  async deliverPending(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number> {
    const pending = [...this.rows.values()].filter((row) => !row.delivered && !row.beingDelivered).slice(0, limit);
    if (pending.length === 0) return 0;
    for (const row of pending) row.beingDelivered = true;
    try {
      await deliver(pending.map(({ entry, userId }) => ({ entry, userId })));
      for (const row of pending) row.delivered = true;
      return pending.length;
    } finally {
      for (const row of pending) row.beingDelivered = false;
    }
  }

  async markDelivered(entries: readonly RevocationEntry[]): Promise<void> {
    for (const entry of entries) {
      const row = this.rows.get(keyOf(entry));
      if (row) row.delivered = true;
    }
  }

  async *unexpired(nowMs: number, limit: number): AsyncIterable<readonly OutboxRow[]> {
    const rows = [...this.rows.values()].filter(({ entry }) => entry.untilMs > nowMs);
    for (let i = 0; i < rows.length; i += limit) {
      yield rows.slice(i, i + limit).map(({ entry, userId }) => ({ entry, userId }));
    }
  }

  async find(entryId: string): Promise<readonly OutboxRow[]> {
    const rows = [...this.rows.values()].filter(({ entry }) => entry.id === entryId);
    return rows.map(({ entry, userId }) => ({ entry, userId }));
  }

  async page({ limit, beforePosition = Infinity, ...filter }: OutboxQuery): Promise<readonly ListedRevocation[]> {
    const isWanted = ({ entry }: Kept) =>
      (filter.scope ?? entry.scope) === entry.scope &&
      (filter.value ?? entry.value) === entry.value &&
      (filter.reason ?? entry.reason) === entry.reason;
    return [...this.rows.values()]
      .reverse()
      .filter((row) => row.position < beforePosition && isWanted(row))
      .slice(0, limit)
      .map(({ entry, userId, position, delivered }) => ({
        entry,
        userId,
        position,
        deliveredAtMs: delivered ? 0 : null,
      }));
  }

  async countPending(): Promise<number> {
    return [...this.rows.values()].filter((row) => !row.delivered).length;
  }

  async prune(nowMs: number): Promise<number> {
    let pruned = 0;
    for (const [key, row] of this.rows) {
      if (row.delivered && row.entry.untilMs <= nowMs && this.rows.delete(key)) pruned++;
    }
    return pruned;
  }
}
