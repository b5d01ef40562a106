import { comparePositions, FEED_START, type FeedRecord, type RevocationEntry } from '@gatehouse/contracts';
import { FeedLedger } from '../src/core/feed/feed-ledger.js';
import { anEntry } from './feed.conformance.js';

export type Step =
  | { readonly kind: 'write' | 'beat'; readonly told: boolean }
  | { readonly kind: 'deliver' | 'repeat'; readonly which: number }
  | { readonly kind: 'read'; readonly pages: number }
  | { readonly kind: 'trim' | 'rollBack'; readonly count: number }
  | { readonly kind: 'lose' | 'acknowledge' }
  | { readonly kind: 'pass'; readonly ms: number }
  /** Only where the log is carried to the reader: once, and under way so long. */
  | { readonly kind: 'carry'; readonly ms: number }
  | { readonly kind: 'setBack'; readonly ms: number };

const PAGE = 3;
const REPLAYED_AT_ONCE = 2;

/**
 * A log, a writer, a channel that delays, loses, repeats and reorders, and a reader, with time in our hand. The writer does
 * what the auth service's does: it finds out on its next move that the log was damaged, and fills a new epoch.
 */
export class FeedWorld {
  readonly truth: { entry: RevocationEntry; atMs: number }[] = [];
  readonly seen = new Set<string>();
  readonly ledger: FeedLedger;
  /** What the list lacked when it was first called whole. */
  missingAtCompletion: readonly string[] = [];
  private readonly beats: (FeedRecord & { atMs: number })[] = [];
  protected log: FeedRecord[] = [];
  protected readonly flying: FeedRecord[] = [];
  private readonly landed: FeedRecord[] = [];
  protected nowMs = 0;
  private writerAheadMs = 1_700_000_000_000;
  private lastMs = 0;
  private life = 0;
  private isDamaged = true;
  private toReplay: RevocationEntry[] = [];
  private readonly undelivered: RevocationEntry[] = [];

  constructor() {
    const time = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };
    this.ledger = new FeedLedger(
      time,
      ({ value }) => this.seen.add(value),
      () => Number.POSITIVE_INFINITY,
    );
    this.ledger.whenComplete(() => (this.missingAtCompletion = this.missingBeforeBeat));
  }

  /** Revocations that a list of the age the ledger gives should hold and does not. */
  get missing(): string[] {
    return this.missingBefore(this.nowMs - this.ledger.ageMs());
  }

  /** Revocations from before the last heartbeat that the ledger has passed, and that it does not hold. */
  private get missingBeforeBeat(): string[] {
    const { epoch, position } = this.ledger;
    const passed = this.beats.filter((beat) => beat.epoch === epoch && comparePositions(beat.position, position) <= 0);
    const beatenAtMs = passed.at(-1)?.atMs ?? Number.POSITIVE_INFINITY;
    return this.missingBefore(beatenAtMs);
  }

  take(step: Step): void {
    // Each move takes a moment, so that before and after are not the same instant.
    this.nowMs += 1;
    switch (step.kind) {
      case 'write':
        return this.revoke(step.told);
      case 'beat':
        this.repair(REPLAYED_AT_ONCE);
        // Vouching for a new epoch has to wait until all of it is there.
        return this.toReplay.length > 0 ? undefined : this.beat(step.told);
      case 'acknowledge':
        return this.acknowledge();
      case 'deliver':
        return this.land(this.flying.splice(step.which % Math.max(1, this.flying.length), 1)[0]);
      case 'repeat':
        return this.land(this.landed[step.which % Math.max(1, this.landed.length)]);
      case 'read':
        return this.read(step.pages);
      case 'trim':
        return this.damage(this.log.slice(step.count));
      case 'rollBack':
        return this.damage(this.log.slice(0, Math.max(0, this.log.length - step.count)));
      case 'lose':
        return this.damage([]);
      case 'pass':
        this.nowMs += step.ms;
        return;
      case 'setBack':
        this.writerAheadMs -= step.ms;
        return;
      case 'carry':
        return this.carry(step.ms);
    }
  }

  /** The log as the reader finds it. */
  protected get readable(): readonly FeedRecord[] {
    return this.log;
  }

  protected announce(record: FeedRecord): void {
    this.flying.push(record);
  }

  protected carry(_ms: number): void {
    // The reader is where the log is.
  }

  /** As the feed does: from our place if it is there, else from the start. */
  read(pages: number): void {
    const { ledger } = this;
    let askedAtMs = this.nowMs;
    const log = this.readable;
    let place = log.findIndex(({ position, epoch }) => position === ledger.position && epoch === ledger.epoch);
    if (place >= 0) ledger.confirmPlace(ledger.position);
    else if (ledger.position !== FEED_START) ledger.losePlace();
    for (let page = 0; page < pages; page++) {
      const records = log.slice(place + 1, place + 1 + PAGE);
      // The answer is on its way for a while.
      this.nowMs += 1;
      for (const record of records) ledger.read(record);
      place += records.length;
      if (records.length < PAGE) return ledger.reachedEnd(askedAtMs);
      askedAtMs = this.nowMs;
    }
  }

  private missingBefore(ms: number): string[] {
    return this.truth.flatMap(({ entry, atMs }) => (atMs < ms && !this.seen.has(entry.value) ? [entry.value] : []));
  }

  /** The writer has its way, and the reader reads. */
  settle(): void {
    this.repair(Number.POSITIVE_INFINITY);
    this.take({ kind: 'beat', told: false });
    this.read(Number.POSITIVE_INFINITY);
  }

  private revoke(told: boolean): void {
    this.repair(REPLAYED_AT_ONCE);
    this.acknowledge();
    this.deliver(told);
  }

  /** It is true from now on, and reaches the log later: the database has it, and Redis is slow or away. */
  private acknowledge(): void {
    const entry = anEntry();
    this.truth.push({ entry, atMs: this.nowMs });
    this.undelivered.push(entry);
  }

  private deliver(told: boolean): void {
    for (const entry of this.undelivered.splice(0)) this.append(entry, told);
  }

  /** The order is the promise: everything acknowledged before lies before it. */
  private beat(told: boolean): void {
    this.deliver(told);
    this.append(undefined, told);
  }

  /** Finds out that the log was damaged, and fills a new epoch, some of it at a time. */
  private repair(atOnce: number): void {
    if (this.isDamaged) {
      this.isDamaged = false;
      this.life += 1;
      this.toReplay = this.truth.map(({ entry }) => entry);
    }
    for (const entry of this.toReplay.splice(0, atOnce)) this.append(entry, true);
  }

  private append(entry: RevocationEntry | undefined, told: boolean): void {
    this.lastMs = Math.max(this.lastMs + 1, this.nowMs + this.writerAheadMs);
    const previous = this.log.at(-1)?.position ?? FEED_START;
    const record = { position: `${this.lastMs}-0`, previous, epoch: `life-${this.life}`, ...(entry ? { entry } : {}) };
    this.log.push(record);
    if (!entry) this.beats.push({ ...record, atMs: this.nowMs });
    if (told) this.announce(record);
  }

  private land(record: FeedRecord | undefined): void {
    if (!record) return;
    this.landed.push(record);
    if (this.ledger.notice(record, true) === 'hole' || this.ledger.needsReading) this.read(1);
  }

  private damage(left: FeedRecord[]): void {
    if (left.length < this.log.length) this.isDamaged = true;
    this.log = left;
  }
}

/** The reader is in another region: a relay carries the log there, a page at a time, and may be late. */
export class CarriedWorld extends FeedWorld {
  private carried: FeedRecord[] = [];
  /** At that time there was nothing beyond what has been carried. */
  private wholeAtMs: number | undefined;

  protected override get readable(): readonly FeedRecord[] {
    return this.carried;
  }

  protected override announce(): void {
    // It is announced where it is read, once it is there.
  }

  protected override carry(ms: number): void {
    const askedAtMs = this.nowMs;
    const last = this.carried.at(-1);
    const at = this.log.findIndex(({ position, epoch }) => position === last?.position && epoch === last.epoch);
    const [first] = this.log;
    const isBeyond = last && first && comparePositions(first.position, last.position) > 0;
    if (at < 0 && !isBeyond) return this.copy(askedAtMs, ms);
    const page = this.log.slice(at + 1, at + 1 + PAGE);
    this.nowMs += ms;
    const lagMs = this.wholeAtMs === undefined ? Number.POSITIVE_INFINITY : this.nowMs - this.wholeAtMs;
    for (const record of page) {
      this.carried.push({ ...record, lagMs });
      this.flying.push({ ...record, lagMs });
    }
    if (page.length < PAGE) this.wholeAtMs = askedAtMs;
  }

  private copy(askedAtMs: number, ms: number): void {
    if (this.log.length === 0) return;
    this.carried = this.log.map((record) => ({ ...record, lagMs: Number.POSITIVE_INFINITY }));
    this.nowMs += ms;
    this.wholeAtMs = askedAtMs;
  }
}
