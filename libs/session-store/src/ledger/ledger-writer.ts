import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { LedgerEntry, SessionLedger, WriteOutcome } from './session-ledger.port.js';
import type { EndedRecord, SessionRecord, SessionWitness } from './session-record.js';

export interface LedgerWriterSettings {
  /** Sessions in one statement. @default 200 */
  readonly batchSize?: number;
  /** Sessions that may wait at the most; beyond, news of live ones is dropped, the oldest first. @default 20000 */
  readonly maxWaiting?: number;
  /** Pause before the next attempt when the database is away, in ms. @default 500 */
  readonly retryMs?: number;
  readonly onProblem?: (what: string, error: unknown) => void;
}

export interface LedgerWriterStatus {
  /** Sessions whose latest news is not in the ledger yet. */
  readonly waiting: number;
  /** How long the oldest of them has waited, in ms; 0 when none does. */
  readonly oldestMs: number;
  /** News of live sessions given up since the start, for want of room. */
  readonly dropped: number;
  /** Whether the last attempt to write succeeded. */
  readonly reachable: boolean;
}

interface Waiting extends LedgerEntry {
  readonly sinceMs: number;
  readonly resolve: ((outcome: WriteOutcome | 'late') => void)[];
}

/**
 * Brings into the ledger what a store does, behind its back: one batch after the other, each of all that has gathered while the
 * one before was under way. Of one session only the latest counts. With the database away it gathers, and goes on when it is
 * back; what it holds then is lost with the process.
 */
export class LedgerWriter implements SessionWitness {
  private waiting = new Map<string, Waiting>();
  private inHand = new Map<string, Waiting>();
  private dropped = 0;
  private reachable = true;
  private running: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly clock: Clock,
    private readonly settings: LedgerWriterSettings = {},
  ) {}

  changed(record: SessionRecord): void {
    this.add(record.id, { record });
  }

  ended(ended: EndedRecord): void {
    this.add(ended.sessionId, { ended: { ...ended, atMs: this.clock.nowMs() } });
  }

  /**
   * Resolves once the latest news of the session is in the ledger, with what became of it; `late` after `limitMs`, and at once
   * while the ledger cannot be written: then it follows when it can.
   */
  settled(sessionId: string, limitMs: number): Promise<WriteOutcome | 'late'> {
    const entry = this.waiting.get(sessionId) ?? this.inHand.get(sessionId);
    if (!entry) return Promise.resolve('kept');
    if (!this.reachable) return Promise.resolve('late');
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('late'), limitMs);
      entry.resolve.push((outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  }

  status(): LedgerWriterStatus {
    const all = [...this.inHand.values(), ...this.waiting.values()];
    const sinceMs = all.reduce((oldest, entry) => Math.min(oldest, entry.sinceMs), Infinity);
    const oldestMs = all.length === 0 ? 0 : Math.max(0, this.clock.nowMs() - sinceMs);
    return { waiting: all.length, oldestMs, dropped: this.dropped, reachable: this.reachable };
  }

  /** Writes what waits, for as long as that takes and `limitMs` at the most, and no more after that. */
  async stop(limitMs: number): Promise<void> {
    this.stopped = true;
    this.wake?.();
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
    await Promise.race([this.running ?? Promise.resolve(), impatience]);
    clearTimeout(timer);
  }

  private add(id: string, news: LedgerEntry): void {
    const before = this.waiting.get(id);
    this.waiting.set(id, {
      record: news.record ?? before?.record,
      ended: before?.ended ?? news.ended,
      sinceMs: before?.sinceMs ?? this.clock.nowMs(),
      resolve: before?.resolve ?? [],
    });
    this.makeRoom();
    this.running ??= this.writeAll();
  }

  /** Ends are never given up: a session whose end was forgotten could come back. */
  private makeRoom(): void {
    const { maxWaiting = 20_000 } = this.settings;
    for (const [id, entry] of this.waiting) {
      if (this.waiting.size <= maxWaiting) return;
      if (entry.ended) continue;
      this.waiting.delete(id);
      this.dropped++;
      for (const resolve of entry.resolve) resolve('late');
    }
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.size > 0) {
      // What is done in the same turn travels together, and whoever did it has had the time to ask when it is written.
      await new Promise((resolve) => setImmediate(resolve));
      const ok = await this.writeBatch();
      if (!ok && this.stopped) break;
      if (!ok) await this.pause();
    }
    this.running = undefined;
  }

  private async writeBatch(): Promise<boolean> {
    this.inHand = new Map([...this.waiting].slice(0, this.settings.batchSize ?? 200));
    for (const id of this.inHand.keys()) this.waiting.delete(id);
    try {
      const outcomes = await this.ledger.write([...this.inHand.values()]);
      this.reachable = true;
      for (const [id, { resolve }] of this.inHand) for (const tell of resolve) tell(outcomes.get(id) ?? 'kept');
      this.inHand = new Map();
      return true;
    } catch (error) {
      if (this.reachable || !(error instanceof DatabaseUnavailable)) {
        this.settings.onProblem?.('the session ledger cannot be written', error);
      }
      this.reachable = false;
      this.putBack();
      return false;
    }
  }

  /** Before what has come since, which is newer. */
  private putBack(): void {
    const newer = this.waiting;
    this.waiting = new Map();
    for (const [id, { record, ended, sinceMs, resolve }] of this.inHand) {
      for (const tell of resolve) tell('late');
      const later = newer.get(id);
      newer.delete(id);
      this.waiting.set(id, {
        record: later?.record ?? record,
        ended: ended ?? later?.ended,
        sinceMs,
        resolve: later?.resolve ?? [],
      });
    }
    for (const [id, entry] of newer) this.waiting.set(id, entry);
    this.inHand = new Map();
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.settings.retryMs ?? 500);
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
