import {
  encodeReport,
  RECEIPT_STREAM_KEY,
  RECEIPT_STREAM_MAX_RECORDS,
  RECEIPT_VERSION,
  type ValidatorReport,
} from '@gatehouse/contracts';
import type { ReceiptReporter } from '../core/receipts/receipts.port.js';
import { appendReport } from './append-report.js';
import type { RedisLink } from './redis-link.js';

const STREAM = { key: RECEIPT_STREAM_KEY, maxRecords: RECEIPT_STREAM_MAX_RECORDS };

/** Reports into a Redis stream that trims itself: the key `rev:receipts`, and one command, `XADD`. */
export class RedisReceipts implements ReceiptReporter {
  readonly mode = 'redis';

  constructor(private readonly link: Pick<RedisLink, 'ask'>) {}

  report(report: ValidatorReport): Promise<boolean> {
    return appendReport(this.link, STREAM, ['v', RECEIPT_VERSION, 'report', encodeReport(report)]);
  }

  close(): void {
    // The link is the feed's.
  }
}
