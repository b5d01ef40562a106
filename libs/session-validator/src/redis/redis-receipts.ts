import {
  encodeReport,
  RECEIPT_STREAM_KEY,
  RECEIPT_STREAM_MAX_RECORDS,
  RECEIPT_VERSION,
  type ValidatorReport,
} from '@gatehouse/contracts';
import { ReportRefused, type ReceiptReporter } from '../core/receipts/receipts.port.js';
import type { RedisLink } from './redis-link.js';

/**
 * Reports into a Redis stream that trims itself. One key, `rev:receipts`, and one command, `XADD`: that is all a validator
 * ever writes, and all its ACL has to allow.
 */
export class RedisReceipts implements ReceiptReporter {
  readonly mode = 'redis';

  constructor(private readonly link: Pick<RedisLink, 'ask'>) {}

  async report(report: ValidatorReport): Promise<boolean> {
    const fields = ['v', RECEIPT_VERSION, 'report', encodeReport(report)];
    try {
      await this.link.ask((redis) =>
        redis.xadd(RECEIPT_STREAM_KEY, 'MAXLEN', '~', RECEIPT_STREAM_MAX_RECORDS, '*', ...fields),
      );
      return true;
    } catch (error) {
      // Without a connection there is nothing to tell: the link does, and the feed is none the worse for it.
      if (!(error instanceof Error) || error.name !== 'ReplyError') return false;
      throw new ReportRefused(refusalIn(error.message));
    }
  }

  close(): void {
    // The link is the feed's.
  }
}

/** `NOPERM`, `OOM`, `WRONGTYPE`…: the rest of the sentence may repeat what was sent. */
function refusalIn(message: string): string {
  return /^[A-Z]+\b/.exec(message)?.[0] ?? 'Redis refused';
}
