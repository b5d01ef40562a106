import { comparePositions, FEED_START, type FeedRecord, type RevocationEntry } from '@gatehouse/contracts';
import { LogChain } from './log-chain.js';
import type { Time } from '../time.js';
import { WriterClock } from './writer-clock.js';

/** What a record did to the ledger. `hole`: records before it were not seen, so the feed must read the log. */
export type Step = 'followed' | 'known' | 'hole';

/** Told about each entry that arrives. `news` is false for what was there before the list was first complete. */
export type EntryListener = (entry: RevocationEntry, record: FeedRecord, news: boolean) => void;

/** Told when nothing that lies before this entry is missing any more. */
export type HeldListener = (entry: RevocationEntry, record: FeedRecord) => void;

/**
 * Keeps our place in the log and knows what that place proves. Entries are passed on whatever their order, since they
 * only ever add; the place moves only where nothing can have been missed.
 *
 * Two things are told apart. *Complete*: the log of some epoch was once read to its end and held a heartbeat, so the
 * list is whole as of then. *Age*: how long ago, at most, the list was last known to be up to date, on our own monotonic
 * clock; a heartbeat counts from when it was written at the earliest, which is the read before it or, as far as
 * the clock of the writer can be told, later.
 *
 * A log from which somebody dropped records that still matter proves nothing to a reader that has not seen them, until
 * the writer fills a new epoch or the tokens they concern have expired.
 */
export class FeedLedger {
  /** Last record we hold with everything before it. */
  position = FEED_START;
  /** Life of the log the position belongs to. */
  epoch: string | undefined;
  /** The list has been whole once. It stays so: what we know is never taken back. */
  isComplete = false;
  /** Notices that did not follow what we hold. */
  holes = 0;
  /** Times our place was gone from the log and it was read from its start. */
  restarts = 0;
  /** Records that are none, and entries nobody here can read. */
  unreadable = 0;

  private readonly writerClock = new WriterClock();
  private readonly chain: LogChain;
  private endReached = false;
  private learned = false;
  private lastBeat: string | undefined;
  private beatSeen = false;
  private provenAtMs: number | undefined;
  private lastEndMs: number | undefined;
  /** The shortest lag of the heartbeats since the last end; `undefined`: there was none. */
  private beatSinceEndLagMs: number | undefined;
  private readonly completed: (() => void)[] = [];
  private onHeld: HeldListener | undefined;

  /**
   * @param mattersForMs - how long a record may concern a token that would be accepted; infinite while that is not known,
   *   0 to take the log as it is
   */
  constructor(
    private readonly time: Time,
    private readonly onEntry: EntryListener,
    mattersForMs: () => number = () => 0,
  ) {
    this.chain = new LogChain(mattersForMs);
  }

  /** Age of the last proof of freshness, in milliseconds; infinite before the first. */
  ageMs(): number {
    return this.provenAtMs === undefined ? Number.POSITIVE_INFINITY : this.time.monotonicMs() - this.provenAtMs;
  }

  /** Calls back once the list is whole, at once if it is. */
  whenComplete(callback: () => void): void {
    if (this.isComplete) callback();
    else this.completed.push(callback);
  }

  /** Calls back for each entry that is now held together with everything before it, in the log's order. One listener. */
  whenHeld(listener: HeldListener): void {
    this.onHeld = listener;
  }

  /**
   * A record pushed to us. Its entry counts at once; the place moves only if it is the next one.
   *
   * @param mayBeLate - it did not come on the way on which the log is read, so it may be of a log that is no more
   */
  notice(record: FeedRecord, mayBeLate = false): Step {
    this.deliver(record, true);
    if (record.epoch === this.epoch && record.previous === this.position) {
      this.learnTime(record, mayBeLate);
      this.chain.stepTo(record.position);
      this.advance(record);
      if (!record.entry) {
        this.lastBeat = record.position;
        this.proveByBeat();
        // Everything before it is held, or it would not have followed.
        this.complete();
      }
      return 'followed';
    }
    if (record.epoch === this.epoch && comparePositions(record.position, this.position) <= 0) return 'known';
    this.holes += 1;
    return 'hole';
  }

  /** Our own record at `position` was found in the log, as a reading begins. */
  confirmPlace(position: string): void {
    this.writerClock.confirm(position);
    this.proveByBeat();
  }

  /** Heartbeats prove nothing yet because it is not sure that they are in the log: reading it would tell. */
  get needsReading(): boolean {
    return this.writerClock.needsConfirmation;
  }

  /** A record read from the log, in the log's order, right after our position. */
  read(record: FeedRecord): void {
    this.deliver(record, this.isComplete);
    if (!this.mayStepTo(record)) return;
    this.learnTime(record);
    this.advance(record);
    if (!record.entry)
      this.beatSinceEndLagMs = Math.min(this.beatSinceEndLagMs ?? Number.POSITIVE_INFINITY, lagOf(record));
  }

  /** A record of the log whose content nobody here can read. It keeps our place and proves nothing. */
  passOver(place: FeedRecord): void {
    this.unreadable += 1;
    if (this.mayStepTo(place)) this.position = place.position;
  }

  /** Something in the log that is no record at all. */
  passOverForeign(position: string): void {
    this.unreadable += 1;
    this.chain.passOver(position);
  }

  /**
   * The log was read to its end.
   *
   * @param askedAtMs - monotonic time at which the reading of the last page began
   */
  reachedEnd(askedAtMs: number): void {
    // Not seen at the previous end, so it came here after that, and was written at most its lag before.
    const lagMs = this.beatSinceEndLagMs;
    if (lagMs !== undefined && this.lastEndMs !== undefined) this.prove(this.lastEndMs - lagMs);
    this.beatSinceEndLagMs = undefined;
    this.lastEndMs = askedAtMs;
    this.learned = false;
    this.endReached = true;
    this.reconsider();
  }

  /** How long records matter has become known, or is different now. */
  reconsider(): void {
    if (this.endReached && this.beatSeen) this.complete();
  }

  /** Our place is not in the log any more: it is to be read from its start, and merged. */
  losePlace(): void {
    this.position = FEED_START;
    this.chain.restart();
    this.restarts += 1;
    // Whatever was read of a log that is gone, it was not its end: an empty one in its place must not pass for it.
    this.beatSeen = false;
    this.endReached = false;
    // Heartbeats of before are read again, so one that is there proves nothing about when it was written.
    this.lastEndMs = undefined;
    this.writerClock.forget();
    this.lastBeat = undefined;
  }

  /** Steps of reading. False when notices have carried us past it while the page was on its way. */
  private mayStepTo({ position, previous, epoch }: FeedRecord): boolean {
    if (epoch !== this.epoch) this.beginEpoch(epoch);
    else if (comparePositions(position, this.position) <= 0) return false;
    this.chain.stepTo(position, previous);
    return true;
  }

  /** What comes first after a reading came here after it was asked for, and was written at most its lag before. */
  private learnTime(record: FeedRecord, mayBeLate = false): void {
    if (this.learned || this.lastEndMs === undefined) return;
    this.learned = true;
    const notBeforeMs = this.lastEndMs - lagOf(record);
    if (!Number.isFinite(notBeforeMs)) return;
    if (mayBeLate) this.writerClock.hear(record.position, notBeforeMs);
    else this.writerClock.learn(record.position, notBeforeMs);
  }

  private complete(): void {
    if (this.isComplete || !this.chain.isWhole) return;
    this.isComplete = true;
    for (const callback of this.completed.splice(0)) callback();
  }

  private beginEpoch(epoch: string): void {
    this.epoch = epoch;
    // The writer beats only after it has replayed all that matters; until then the new life proves nothing.
    this.beatSeen = false;
    this.beatSinceEndLagMs = undefined;
    this.endReached = false;
    this.chain.beginEpoch();
    this.writerClock.forget();
    this.lastBeat = undefined;
  }

  private advance(record: FeedRecord): void {
    this.position = record.position;
    if (!record.entry) this.beatSeen = true;
    else this.onHeld?.(record.entry, record);
  }

  private proveByBeat(): void {
    if (this.lastBeat === undefined) return;
    this.prove(Math.min(this.time.monotonicMs(), this.writerClock.writtenAfterMs(this.lastBeat)));
  }

  private prove(atMs: number): void {
    if (!this.chain.isWhole || !Number.isFinite(atMs)) return;
    this.provenAtMs = Math.max(this.provenAtMs ?? atMs, atMs);
  }

  private deliver(record: FeedRecord, news: boolean): void {
    if (record.entry) this.onEntry(record.entry, record, news);
  }
}

/** 0 in the log of the auth service itself. */
const lagOf = ({ lagMs = 0 }: FeedRecord): number => lagMs;
