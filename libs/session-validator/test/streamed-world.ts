import { comparePositions, encodeNotice, FEED_CAUGHT_UP_EVENT, type FeedRecord } from '@gatehouse/contracts';
import { HistoryThenNews, HoleInStream } from '../src/sse/history-then-news.js';
import { FeedWorld, type Step } from './feed-world.js';

/** Records one reading asks for at a time. */
const PAGE = 3;
/** Lost our place, and from the start: more connections than these must never be needed to hear all there is. */
const MOST_CONNECTIONS = 2;

/**
 * The reader follows an event stream: what lies after its place, the mark, and then what is announced, in order and by a server
 * that fills holes by itself. Connections break, and are made again when it is time to read.
 */
export class StreamedWorld extends FeedWorld {
  private connection: HistoryThenNews | undefined;
  private coming: (FeedRecord | typeof FEED_CAUGHT_UP_EVENT)[] = [];
  /** The last record the server has sent. */
  private sent: FeedRecord | undefined;

  override take(step: Step): void {
    if (step.kind !== 'deliver' && step.kind !== 'repeat') return super.take(step);
    this.nowMs += 1;
    if (step.kind === 'deliver') this.hear(step.which + 1);
    else this.hangUp();
  }

  override read(pages: number): void {
    for (let n = 0; n < MOST_CONNECTIONS; n++) {
      this.connect();
      if (this.hear(pages * PAGE)) return;
    }
  }

  protected override announce(record: FeedRecord): void {
    if (!this.connection) return;
    const { sent } = this;
    const isOfOtherLife = sent !== undefined && sent.epoch !== record.epoch;
    this.send(isOfOtherLife ? this.log : this.after(sent?.position));
  }

  private connect(): void {
    this.hangUp();
    this.connection = new HistoryThenNews(this.ledger, this.nowMs, () => undefined);
    this.sent = undefined;
    this.send(this.after(this.ledger.position));
    this.coming.push(FEED_CAUGHT_UP_EVENT);
    this.nowMs += 1;
  }

  private hangUp(): void {
    this.connection = undefined;
    this.coming = [];
  }

  private after(position: string | undefined): FeedRecord[] {
    return this.log.filter((record) => position === undefined || comparePositions(record.position, position) > 0);
  }

  private send(records: readonly FeedRecord[]): void {
    this.coming.push(...records);
    this.sent = records.at(-1) ?? this.sent;
  }

  /** @returns false when the reader hangs up, to connect again. */
  private hear(count: number): boolean {
    try {
      for (let n = 0; n < count && this.coming.length > 0; n++) {
        const next = this.coming.shift() as FeedRecord | typeof FEED_CAUGHT_UP_EVENT;
        const event =
          typeof next === 'string' ? { event: next, data: '' } : { event: undefined, data: encodeNotice(next) };
        this.connection?.take(event);
      }
      return true;
    } catch (error) {
      if (!(error instanceof HoleInStream)) throw error;
      this.hangUp();
      return false;
    }
  }
}
