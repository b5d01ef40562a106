import { FEED_START, HEARTBEAT_INTERVAL_MS } from '@gatehouse/contracts';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex, type Clock } from '@gatehouse/kernel';
import type { FeedLog } from './feed-log.port.js';
import type { OutboxRow, RevocationOutbox } from './outbox.port.js';
import type { WriterObserver } from './revocation-writer.js';

export interface FeedRelaySettings {
  /** How long the feed keeps a record, in ms. */
  readonly keepMs: number;
  /** Pause between passes, in ms. @default HEARTBEAT_INTERVAL_MS */
  readonly intervalMs?: number;
  /** Called with rows on their way into the feed; they count as delivered once it resolves. Must bear repetition. */
  readonly onDeliver?: (rows: readonly OutboxRow[]) => Promise<void>;
  /** Called before each heartbeat, for what readers need beside the entries. A failure is told and does not stop the beat. */
  readonly beforeBeat?: () => Promise<void>;
  readonly onProblem?: (what: string, error: unknown) => void;
}

export interface FeedRelayStatus {
  readonly epoch: string | undefined;
  /** When this instance last proved the feed alive; `undefined` if never. */
  readonly lastBeatAtMs: number | undefined;
  readonly databaseReachable: boolean;
  readonly logReachable: boolean;
  readonly admitted: boolean;
}

const PAGE = 200;
const PRUNE_INTERVAL_MS = 3_600_000;
/** The log must fail this often in a row to count as away: one late answer is no outage. */
const OUTAGE_AFTER_FAILURES = 2;

/**
 * Keeps the feed true and alive. Runs in every instance; all of it bears repetition and company.
 *
 * Each pass: a new life of the log is filled from the database; what is not delivered yet is delivered; then a heartbeat is
 * written. The order is the promise: a heartbeat says that everything before it is the whole list.
 */
export class FeedRelay implements WriterObserver {
  /** The epoch into which this instance has replayed everything. */
  private filledEpoch: string | undefined;
  private lastBeatAtMs: number | undefined;
  private databaseReachable = false;
  private logFailures = 0;
  /** Everything acknowledged before now is known to be in the feed and ended in the session store. */
  private isAdmitted = false;
  private hasBegun = false;
  private settleStart: () => void = () => undefined;
  /** Resolves with the first whole pass, and with the first word that a store is away. */
  private readonly startSettled = new Promise<void>((resolve) => {
    this.settleStart = resolve;
  });
  /** Grows with each reason for doubt, so that a pass clears only those from before it began. */
  private doubts = 0;
  private hasUnstored = true;
  private prunedAtMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly outbox: RevocationOutbox,
    private readonly log: FeedLog,
    private readonly clock: Clock,
    private readonly settings: FeedRelaySettings,
  ) {}

  start(): void {
    this.stopped = false;
    const loop = () => {
      this.running = this.runOnce().finally(() => {
        if (!this.stopped) this.timer = setTimeout(loop, this.settings.intervalMs ?? HEARTBEAT_INTERVAL_MS);
      });
    };
    loop();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /**
   * Whether every revocation that was acknowledged is enforced where sessions are refreshed. False from the start, and
   * after an outage of the log, until one pass has gone through.
   */
  admitted(): boolean {
    return this.isAdmitted;
  }

  /** Whether one whole pass has gone through since the start, whatever has been lost since. */
  hasCaughtUp(): boolean {
    return this.hasBegun;
  }

  /**
   * Waits for the first whole pass. A store that is away is not waited for.
   *
   * @param patienceMs - longest wait
   * @returns {@link hasCaughtUp}
   */
  async caughtUp(patienceMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.startSettled, impatience]);
    clearTimeout(timer);
    return this.hasBegun;
  }

  status(): FeedRelayStatus {
    return {
      epoch: this.filledEpoch,
      lastBeatAtMs: this.lastBeatAtMs,
      databaseReachable: this.databaseReachable,
      logReachable: this.logFailures === 0,
      admitted: this.isAdmitted,
    };
  }

  noteUndelivered(): void {
    this.doubt();
  }

  noteUnstored(): void {
    this.hasUnstored = true;
  }

  /** The connection to the log was lost: something may have been acknowledged meanwhile without reaching it. */
  noteOutage(): void {
    this.doubt();
  }

  /** One pass. Never throws: what is away is told by {@link status} and tried again by the next pass. */
  async runOnce(): Promise<void> {
    try {
      await this.pass();
      this.logFailures = 0;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return this.databaseAway(error);
      if (!(error instanceof SessionStoreUnavailable)) return this.settings.onProblem?.('relaying failed', error);
      this.settleStart();
      if (++this.logFailures >= OUTAGE_AFTER_FAILURES) this.doubt();
      if (this.logFailures === OUTAGE_AFTER_FAILURES) this.settings.onProblem?.('the feed is away', error);
    }
  }

  private async pass(): Promise<void> {
    const wasAdmitted = this.isAdmitted;
    const doubtsBefore = this.doubts;
    const epoch = await this.fill();
    if (epoch === undefined) return;
    let stored = true;
    try {
      if (this.hasUnstored) await this.backfill();
      await this.deliverAll(epoch, !wasAdmitted);
      this.databaseReachable = true;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      this.databaseAway(error);
      stored = false;
    }
    // With the database away we cannot know what others acknowledged while the feed was away, so we do not vouch for it.
    if (!stored && !wasAdmitted) return;
    await this.beat(epoch);
    if (stored && this.doubts === doubtsBefore) this.admit();
    await this.pruneNowAndThen();
  }

  /** Brings the log into an epoch that holds everything. `undefined`: it went into another life meanwhile; next pass. */
  private async fill(abandoning?: string): Promise<string | undefined> {
    const current = await this.log.currentEpoch();
    if (current !== undefined && current === this.filledEpoch && abandoning === undefined) return current;
    const epoch = await this.log.openEpoch(randomHex(8), abandoning);
    for await (const rows of this.outbox.unexpired(this.clock.nowMs(), PAGE)) {
      if (!(await this.put(epoch, rows))) return undefined;
    }
    this.filledEpoch = epoch;
    return epoch;
  }

  private async deliverAll(epoch: string, waitForOthers: boolean): Promise<void> {
    let delivered = PAGE;
    while (delivered === PAGE) {
      delivered = await this.outbox.deliverPending(
        PAGE,
        async (rows) => {
          if (!(await this.put(epoch, rows))) throw new SessionStoreUnavailable('the feed began another life');
        },
        { waitForOthers },
      );
    }
  }

  /** Into the feed, and whatever else must know. False when the log is in another life. */
  private async put(epoch: string, rows: readonly OutboxRow[]): Promise<boolean> {
    const entries = rows.map(({ entry }) => entry);
    const outcome = await this.log.append(epoch, entries, this.settings.keepMs);
    if (outcome.kind === 'epoch-mismatch') {
      this.filledEpoch = undefined;
      if (outcome.epoch === epoch) await this.log.openEpoch(randomHex(8), epoch);
      return false;
    }
    await this.settings.onDeliver?.(rows);
    return true;
  }

  private async beat(epoch: string): Promise<void> {
    try {
      await this.settings.beforeBeat?.();
    } catch (error) {
      this.settings.onProblem?.('what goes with the heartbeat failed', error);
    }
    const outcome = await this.log.beat(epoch, this.settings.keepMs);
    if (outcome.kind === 'appended') {
      this.lastBeatAtMs = this.clock.nowMs();
      return;
    }
    this.filledEpoch = undefined;
    // The log ends before what it had confirmed: a failover lost records. Readers learn it from a new epoch.
    if (outcome.epoch === epoch) await this.log.openEpoch(randomHex(8), epoch);
  }

  /** Stores what went into the feed while the database was away. */
  private async backfill(): Promise<void> {
    let position = FEED_START;
    for (;;) {
      const records = await this.log.readAfter(position, PAGE);
      const entries = records.flatMap(({ entry }) => (entry ? [entry] : []));
      if (entries.length > 0) {
        // Left undelivered: that they are in the feed does not say that `onDeliver` has heard of them.
        await this.outbox.add(entries.map((entry) => ({ entry, userId: null })));
      }
      position = records.at(-1)?.position ?? position;
      if (records.length < PAGE) break;
    }
    this.hasUnstored = false;
  }

  private admit(): void {
    this.isAdmitted = true;
    this.hasBegun = true;
    this.settleStart();
  }

  private doubt(): void {
    this.doubts++;
    this.isAdmitted = false;
  }

  private databaseAway(error: unknown): void {
    if (this.databaseReachable) this.settings.onProblem?.('the database is away', error);
    this.databaseReachable = false;
    this.settleStart();
    // Another instance may have written to the feed alone and gone: look through it once the database is back.
    this.hasUnstored = true;
  }

  private async pruneNowAndThen(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (!this.databaseReachable || nowMs - this.prunedAtMs < PRUNE_INTERVAL_MS) return;
    this.prunedAtMs = nowMs;
    await this.outbox.prune(nowMs);
  }
}
