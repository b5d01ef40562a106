import type { ValidatorReport } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { ReceiptBoard, type BoardReading } from '../receipt-board.port.js';
import { ReceiptBook, type BookSettings } from '../receipt-book.js';
import { TooManyValidators } from '../receipts.errors.js';

/** For one process: all validators report to it. */
export class MemoryReceiptBoard extends ReceiptBoard {
  private readonly book: ReceiptBook;

  constructor(
    private readonly clock: Clock,
    settings?: BookSettings,
  ) {
    super();
    this.book = new ReceiptBook(settings);
  }

  override async post(report: ValidatorReport): Promise<void> {
    if (!this.book.take(report, this.clock.nowMs())) throw new TooManyValidators();
  }

  override async read(): Promise<BoardReading> {
    return this.book.read(this.clock.nowMs());
  }
}
