import { encodeReport, type ValidatorReport } from '@gatehouse/contracts';
import type { ReceiptReporter } from '../core/receipts/receipts.port.js';
import { HttpPost } from './http-post.js';

/** Reports to the auth service, for networks without Redis. */
export class HttpReceipts implements ReceiptReporter {
  readonly mode = 'sse';
  private readonly receipts: HttpPost;

  constructor(url: string, token: string | undefined) {
    this.receipts = new HttpPost(url, token);
  }

  report(report: ValidatorReport): Promise<boolean> {
    return this.receipts.send(encodeReport(report));
  }

  close(): void {
    this.receipts.close();
  }
}
