import type { FeedLedger } from '../feed/feed-ledger.js';
import type { RevocationFeed } from '../feed/feed.port.js';
import type { ReceiptLoop } from './receipt-loop.js';

/** A feed whose progress is reported. The feed itself knows nothing of it. */
export class ReportingFeed implements RevocationFeed {
  constructor(
    private readonly feed: RevocationFeed,
    private readonly receipts: ReceiptLoop,
  ) {}

  start(ledger: FeedLedger): void {
    this.receipts.start(ledger);
    this.feed.start(ledger);
  }

  /** The goodbye may go over the feed's connection, so it is said first. */
  async close(): Promise<void> {
    await this.receipts.close();
    await this.feed.close();
  }
}
