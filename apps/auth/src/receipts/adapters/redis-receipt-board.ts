import {
  decodeReport,
  encodeReport,
  RECEIPT_STREAM_KEY,
  RECEIPT_STREAM_MAX_RECORDS,
  RECEIPT_VERSION,
  type ValidatorReport,
} from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { ReceiptBoard, type BoardReading } from '../receipt-board.port.js';
import { ReceiptBook, type BookSettings } from '../receipt-book.js';
import { TooManyValidators } from '../receipts.errors.js';

const PAGE = 1_000;
/** Somebody who writes faster than we read must not keep us reading. The rest comes with the next reading. */
const MAX_PAGES = 50;

/**
 * For any number of processes: validators write into a Redis stream, each instance of the auth service reads it into a book
 * of its own. Times are those of Redis, so that no instance's clock decides who is alive. What cannot be read is passed
 * over: whoever may write to the stream may write rubbish.
 */
export class RedisReceiptBoard extends ReceiptBoard {
  private readonly book: ReceiptBook;
  private after: string | undefined;
  private redisAheadMs = 0;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly clock: Clock,
    settings?: BookSettings,
  ) {
    super();
    this.book = new ReceiptBook(settings);
  }

  override async post(report: ValidatorReport): Promise<void> {
    // Into our own book first: it knows how much room there is.
    if (!this.book.take(report, this.nowMs())) throw new TooManyValidators();
    const fields = ['v', RECEIPT_VERSION, 'report', encodeReport(report)];
    await orStoreUnavailable(() =>
      this.redis.xadd(RECEIPT_STREAM_KEY, 'MAXLEN', '~', RECEIPT_STREAM_MAX_RECORDS, '*', ...fields),
    );
  }

  override async read(): Promise<BoardReading> {
    this.reading ??= this.readToEnd().finally(() => (this.reading = undefined));
    await this.reading;
    return this.book.read(this.nowMs());
  }

  private async readToEnd(): Promise<void> {
    const [seconds, microseconds] = await orStoreUnavailable(() => this.redis.time());
    this.redisAheadMs = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000) - this.clock.nowMs();
    for (let i = 0; i < MAX_PAGES; i++) {
      const from = this.after === undefined ? '-' : `(${this.after}`;
      const page = await orStoreUnavailable(() => this.redis.xrange(RECEIPT_STREAM_KEY, from, '+', 'COUNT', PAGE));
      for (const [id, fields] of page) this.takeIn(id, fields);
      if (page.length < PAGE) return;
    }
  }

  private takeIn(id: string, fields: readonly string[]): void {
    this.after = id;
    const [v, version, name, text, ...more] = fields;
    if (v !== 'v' || version !== String(RECEIPT_VERSION) || name !== 'report' || more.length > 0) return;
    const report = text === undefined ? undefined : decodeReport(text);
    if (report) this.book.take(report, Number(id.split('-')[0]));
  }

  private nowMs(): number {
    return this.clock.nowMs() + this.redisAheadMs;
  }
}
