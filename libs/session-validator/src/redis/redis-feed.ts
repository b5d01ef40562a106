import { decodeNotice, FEED_NOTICE_CHANNEL, FEED_START, FEED_STREAM_KEY } from '@gatehouse/contracts';
import type { FeedLedger } from '../core/feed/feed-ledger.js';
import type { RevocationFeed } from '../core/feed/feed.port.js';
import type { Time } from '../core/time.js';
import type { RedisLink } from './redis-link.js';
import { readStreamRecord, type RawRecord } from './stream-record.js';

/** How often the log is read although nothing asked for it: catches what no notice told. */
const READ_INTERVAL_MS = 2_000;
const PAGE = 1_000;
/** Each page is twice the one before: a thousand records at once stall a process whose code for them is still cold. */
const FIRST_PAGE = 125;
/** A writer that is alive is heard each second; when the log grows and we hear nothing, the connection is at fault. */
const SILENCE_MS = 3_500;
/** A writer that never publishes would else make us reconnect for ever. */
const LISTEN_AGAIN_MS = 15_000;

/**
 * The feed over Redis: notices on a channel for speed, the stream for truth. Notices only add entries and move our place
 * when they follow it; anything else makes us read the stream.
 */
export class RedisFeed implements RevocationFeed {
  private ledger: FeedLedger | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private readAgain = false;
  private closed = false;
  private heardAtMs: number;
  private listenedAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly link: RedisLink,
    private readonly time: Time,
  ) {
    this.heardAtMs = time.monotonicMs();
  }

  start(ledger: FeedLedger): void {
    this.ledger = ledger;
    this.link.open({
      connected: () => this.readLog(),
      message: (channel, text) => {
        if (channel === FEED_NOTICE_CHANNEL) this.hear(ledger, text);
      },
    });
    this.timer = setInterval(() => this.readLog(), READ_INTERVAL_MS).unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.link.close();
    await this.reading;
  }

  private hear(ledger: FeedLedger, text: string): void {
    this.heardAtMs = this.time.monotonicMs();
    const record = decodeNotice(text);
    if (!record || ledger.notice(record, true) === 'hole' || ledger.needsReading) this.readLog();
  }

  /** Reads the log to its end. One reading at a time; asked meanwhile, it reads once more afterwards. */
  private readLog(): void {
    if (this.closed || !this.ledger) return;
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.readAgain = false;
    this.reading = this.readToEnd(this.ledger)
      // No answer is no news: the age of the list grows, and the next interval or connection tries again.
      .catch(() => undefined)
      .finally(() => {
        this.reading = undefined;
        if (this.readAgain) this.readLog();
      });
  }

  private async readToEnd(ledger: FeedLedger): Promise<void> {
    let askedAtMs = this.time.monotonicMs();
    let from = ledger.position;
    // Our own last record is read along: if it is not there, the log is not the one we know.
    let size = FIRST_PAGE;
    let page = await this.page(from === FEED_START ? '-' : from, size);
    if (from !== FEED_START && this.beginsWith(page, from, ledger.epoch)) ledger.confirmPlace(from);
    else if (from !== FEED_START) {
      ledger.losePlace();
      askedAtMs = this.time.monotonicMs();
      page = await this.page('-', size);
    }
    const wasAt = ledger.position;
    for (;;) {
      from = page.at(-1)?.[0] ?? from;
      const nextAskedAtMs = this.time.monotonicMs();
      // Asked for before this one is looked at: Redis works while we do.
      const isLast = page.length < size;
      size = Math.min(size * 2, PAGE);
      const next = isLast ? undefined : this.page(`(${from}`, size);
      // Thrown where it is awaited.
      next?.catch(() => undefined);
      for (const raw of page) this.take(ledger, raw);
      if (!next) break;
      askedAtMs = nextAskedAtMs;
      page = await next;
    }
    ledger.reachedEnd(askedAtMs);
    if (ledger.position !== wasAt) this.suspectSilence();
  }

  private page(from: string, size: number): Promise<RawRecord[]> {
    return this.link.ask((redis) => redis.xrange(FEED_STREAM_KEY, from, '+', 'COUNT', size));
  }

  private beginsWith([first]: readonly RawRecord[], position: string, epoch: string | undefined): boolean {
    if (first?.[0] !== position) return false;
    const found = readStreamRecord(first);
    return found.kind !== 'foreign' && (found.kind === 'record' ? found.record : found.place).epoch === epoch;
  }

  private take(ledger: FeedLedger, raw: RawRecord): void {
    const found = readStreamRecord(raw);
    if (found.kind === 'record') ledger.read(found.record);
    else if (found.kind === 'unreadable') ledger.passOver(found.place);
    else ledger.passOverForeign(raw[0]);
  }

  private suspectSilence(): void {
    const now = this.time.monotonicMs();
    if (now - this.heardAtMs < SILENCE_MS || now - this.listenedAgainAtMs < LISTEN_AGAIN_MS) return;
    this.listenedAgainAtMs = now;
    this.link.listenAgain();
  }
}
