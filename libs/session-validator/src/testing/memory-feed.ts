import {
  FEED_START,
  HEARTBEAT_INTERVAL_MS,
  revocationUntilMs,
  type FeedRecord,
  type RevocationEntry,
} from '@gatehouse/contracts';
import { randomUUID } from 'node:crypto';
import type { FeedLedger } from '../core/feed/feed-ledger.js';
import type { RevocationFeed } from '../core/feed/feed.port.js';

/** What to revoke; the rest of an entry is filled in. */
export type Revocation = Pick<RevocationEntry, 'scope' | 'value'> & Partial<RevocationEntry>;

/** How a {@link MemoryFeed} behaves from the start. */
export interface MemoryFeedOptions {
  /** Beats by itself once a second, as the auth service does. @default true */
  readonly beats?: boolean;
  /** As `time.monotonicMs` of the validator. @default performance.now */
  readonly monotonicMs?: () => number;
}

/**
 * Log and feed in one, in memory: for tests of services, and of what a feed owes. What it does is what the real ones do,
 * at once: a validator follows it through cuts, losses and new lives.
 *
 * ```ts
 * const feed = new MemoryFeed();
 * const validator = createSessionValidator({ trustAnchor, keyBundle, feed });
 * feed.revoke({ scope: 'sid', value: principal.sessionId });
 * ```
 */
export class MemoryFeed implements RevocationFeed {
  private log: FeedRecord[] = [];
  private readonly unreadable = new Set<FeedRecord>();
  private epoch = randomUUID();
  private lastMs = 0;
  private previous = FEED_START;
  private ledger: FeedLedger | undefined;
  private connected = true;
  private beating: NodeJS.Timeout | undefined;

  private readonly monotonicMs: () => number;
  /** The writer's clock at the monotonic zero. */
  private readonly bornAtMs: number;

  /** @param options - whether it beats, and by which clock */
  constructor({ beats = true, monotonicMs = () => performance.now() }: MemoryFeedOptions = {}) {
    this.monotonicMs = monotonicMs;
    this.bornAtMs = Date.now() - monotonicMs();
    if (!beats) return;
    this.beat();
    this.beating = setInterval(() => this.beat(), HEARTBEAT_INTERVAL_MS).unref();
  }

  start(ledger: FeedLedger): void {
    this.ledger = ledger;
    this.readLog();
    // Proof of freshness needs a heartbeat that was written while somebody listened.
    if (this.beating) this.beat();
  }

  async close(): Promise<void> {
    clearInterval(this.beating);
    this.ledger = undefined;
  }

  /** Appends a revocation and tells the validator. @returns the entry. */
  revoke(revocation: Revocation): RevocationEntry {
    const entry = complete(revocation);
    this.tell(this.append(entry));
    return entry;
  }

  /** Appends without telling: a notice that got lost. */
  revokeSilently(revocation: Revocation): RevocationEntry {
    const entry = complete(revocation);
    this.append(entry);
    return entry;
  }

  /** Appends an entry nobody can read, as a newer writer might. */
  appendUnreadable(): void {
    const record = this.append();
    this.unreadable.add(record);
    this.tell(record);
  }

  /** Proves that the list is up to date. */
  beat(): void {
    this.tell(this.append());
  }

  /** Stops the heartbeat, as when the auth service is gone. */
  stopBeating(): void {
    clearInterval(this.beating);
    this.beating = undefined;
  }

  /** Cuts the connection: what is appended now is not seen. */
  cut(): void {
    this.connected = false;
  }

  /** The connection is back, and the log is read. */
  heal(): void {
    this.connected = true;
    this.readLog();
  }

  /** The log is lost and begins a new life, in which nothing is replayed and nothing has beaten yet. */
  loseEverything(): void {
    this.log = [];
    this.epoch = randomUUID();
    this.previous = FEED_START;
  }

  /** Drops the oldest records until `keep` are left. */
  trim(keep: number): void {
    this.log = keep === 0 ? [] : this.log.slice(-keep);
  }

  private append(entry?: RevocationEntry): FeedRecord {
    // Two records of one millisecond would need a sequence number; a millisecond later is as good here.
    this.lastMs = Math.max(this.lastMs + 1, Math.floor(this.bornAtMs + this.monotonicMs()));
    const position = `${this.lastMs}-0`;
    const record = { position, previous: this.previous, epoch: this.epoch, ...(entry ? { entry } : {}) };
    this.previous = position;
    this.log.push(record);
    return record;
  }

  private tell(record: FeedRecord): void {
    if (!this.connected || !this.ledger) return;
    if (this.unreadable.has(record) || this.ledger.notice(record) === 'hole') this.readLog();
  }

  private readLog(): void {
    const { ledger } = this;
    if (!ledger || !this.connected) return;
    const askedAtMs = this.monotonicMs();
    const place = this.log.findIndex(({ position, epoch }) => position === ledger.position && epoch === ledger.epoch);
    if (place < 0 && ledger.position !== FEED_START) ledger.losePlace();
    for (const record of this.log.slice(place + 1)) {
      if (this.unreadable.has(record)) ledger.passOver(record);
      else ledger.read(record);
    }
    ledger.reachedEnd(askedAtMs);
  }
}

function complete(revocation: Revocation): RevocationEntry {
  return {
    id: randomUUID(),
    cutoff: 0,
    untilMs: revocationUntilMs(Date.now(), 900),
    reason: 'user_signout',
    ...revocation,
  };
}
