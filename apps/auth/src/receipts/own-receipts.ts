import type { ValidatorReport } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { ReportRefused, type ReceiptReporter } from '@gatehouse/session-validator';
import type { ReceiptBoard } from './receipt-board.port.js';
import { TooManyValidators } from './receipts.errors.js';

/** The validator of this process reports like every other, by the shortest way. */
export class OwnReceipts implements ReceiptReporter {
  readonly mode = 'in-process';

  constructor(private readonly board: ReceiptBoard) {}

  async report(report: ValidatorReport): Promise<boolean> {
    try {
      await this.board.post(report);
      return true;
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return false;
      if (error instanceof TooManyValidators) throw new ReportRefused('no room');
      throw error;
    }
  }

  close(): void {
    // Nothing is under way that would not end by itself.
  }
}
