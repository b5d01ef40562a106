import { FEED_START, comparePositions, type FeedRecord, type RevocationEntry } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { FeedLog, type Appended, type EpochMismatch } from '../feed-log.port.js';

/** The log in this process: for one instance on one machine. Its life is the process's. */
export class MemoryFeedLog extends FeedLog {
  private records: FeedRecord[] = [];
  private epoch: string | undefined;
  private readonly listeners = new Set<(record: FeedRecord) => void>();

  constructor(private readonly clock: Clock) {
    super();
  }

  async openEpoch(proposed: string, abandoning?: string): Promise<string> {
    if (this.epoch === undefined || this.epoch === abandoning) this.epoch = proposed;
    return this.epoch;
  }

  async currentEpoch(): Promise<string | undefined> {
    return this.epoch;
  }

  async append(epoch: string, entries: readonly RevocationEntry[], keepMs: number): Promise<Appended | EpochMismatch> {
    if (epoch !== this.epoch) return { kind: 'epoch-mismatch', epoch: this.epoch };
    return { kind: 'appended', records: entries.map((entry) => this.add(epoch, keepMs, entry)) };
  }

  async beat(epoch: string, keepMs: number): Promise<Appended | EpochMismatch> {
    if (epoch !== this.epoch) return { kind: 'epoch-mismatch', epoch: this.epoch };
    return { kind: 'appended', records: [this.add(epoch, keepMs)] };
  }

  async readAfter(position: string, limit: number): Promise<FeedRecord[]> {
    const start = this.firstAfter(position);
    return this.records.slice(start, start + limit);
  }

  onRecord(listener: (record: FeedRecord) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What memory acknowledged is gone with the process. */
  async isDurable(): Promise<boolean> {
    return false;
  }

  /** Halves its way there: a log of many pages is read from its start by every new reader. */
  private firstAfter(position: string): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePositions(this.records[middle]?.position ?? FEED_START, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private add(epoch: string, keepMs: number, entry?: RevocationEntry): FeedRecord {
    const previous = this.records.at(-1)?.position ?? FEED_START;
    const record = { position: this.positionAfter(previous), previous, epoch, ...(entry ? { entry } : {}) };
    this.records.push(record);
    this.trim(this.clock.nowMs() - keepMs);
    for (const listener of this.listeners) listener(record);
    return record;
  }

  /** Grows even when the clock does not. */
  private positionAfter(previous: string): string {
    const candidate = `${this.clock.nowMs()}-0`;
    if (comparePositions(candidate, previous) > 0) return candidate;
    const [ms, n] = previous.split('-');
    return `${ms}-${Number(n) + 1}`;
  }

  /** Now and then, so that appending stays cheap. */
  private trim(beforeMs: number): void {
    const old = this.records.findIndex((record) => Number(record.position.split('-')[0]) >= beforeMs);
    if (old > 100) this.records = this.records.slice(old);
  }
}
