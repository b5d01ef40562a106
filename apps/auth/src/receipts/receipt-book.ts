import { FEED_MODES, RECEIPT_LIFE_MS, type FeedMode, type ValidatorReport } from '@gatehouse/contracts';
import type { BoardReading, SeenValidator } from './receipt-board.port.js';
import { ValidatorRecord } from './validator-record.js';

export interface BookSettings {
  /** How long a validator that says nothing is still waited for, in ms. @default RECEIPT_LIFE_MS */
  readonly lifeMs?: number;
  /** Validators per way of getting the feed. @default 1000, of those over HTTP 500 */
  readonly maxPerMode?: number;
}

/** Silent validators are shown for this many lives, for whoever looks for them; then they are forgotten. */
const LIVES_SHOWN = 10;
const MAX_PER_MODE = 1_000;
/** As many as may read the feed that way. */
const MAX_OVER_HTTP = 500;

/**
 * What all reports together say. Validators are told apart by name *and* way: whoever reports over HTTP can only ever speak
 * for one that does, and crowds out only those.
 */
export class ReceiptBook {
  private readonly records = new Map<string, ValidatorRecord>();
  private readonly lifeMs: number;

  constructor(private readonly settings: BookSettings = {}) {
    this.lifeMs = settings.lifeMs ?? RECEIPT_LIFE_MS;
  }

  /** @returns false when there is no room for one more. */
  take(report: ValidatorReport, heardAtMs: number): boolean {
    const key = `${report.mode} ${report.instance}`;
    if (report.leaving) {
      this.records.delete(key);
      return true;
    }
    let record = this.records.get(key);
    if (!record) {
      if (!this.hasRoom(report.mode) && !this.makeRoom(report.mode, heardAtMs)) return false;
      record = new ValidatorRecord(report);
      this.records.set(key, record);
    }
    record.take(report, heardAtMs);
    return true;
  }

  read(nowMs: number): BoardReading {
    for (const [key, { heardAtMs }] of this.records) {
      if (nowMs - heardAtMs > this.lifeMs * LIVES_SHOWN) this.records.delete(key);
    }
    const validators = [...this.records.values()].map((record) => this.seen(record, nowMs));
    const there = (mode: FeedMode) => validators.filter((one) => one.expected && one.mode === mode).length;
    return { validators, full: FEED_MODES.some((mode) => there(mode) >= this.roomFor(mode)) };
  }

  private seen(record: ValidatorRecord, nowMs: number): SeenValidator {
    const { id, name, service, version, mode, place, notUnderstood, heardAtMs } = record;
    const expected = nowMs - heardAtMs <= this.lifeMs;
    const appliedAtMs: SeenValidator['appliedAtMs'] = (asked) => record.appliedAtMs(asked);
    return { id, name, service, version, mode, place, notUnderstood, heardAtMs, expected, appliedAtMs };
  }

  private hasRoom(mode: FeedMode): boolean {
    let count = 0;
    for (const record of this.records.values()) if (record.mode === mode) count += 1;
    return count < this.roomFor(mode);
  }

  private roomFor(mode: FeedMode): number {
    return this.settings.maxPerMode ?? (mode === 'sse' ? MAX_OVER_HTTP : MAX_PER_MODE);
  }

  /** Only those who are gone make room; a newcomer must not be able to make anybody disappear who is there. */
  private makeRoom(mode: FeedMode, nowMs: number): boolean {
    const before = this.records.size;
    for (const [key, record] of this.records) {
      if (record.mode === mode && nowMs - record.heardAtMs > this.lifeMs) this.records.delete(key);
    }
    return this.records.size < before;
  }
}
