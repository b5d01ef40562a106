import { AppError } from '@gatehouse/failures';
import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { FeedLog, RevocationOutbox } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ListValidators } from './list-validators.js';
import { ReceiptBoard } from './receipt-board.port.js';
import { ReceiptsController } from './receipts.controller.js';
import { RevocationPlaces } from './revocation-places.js';
import { ShowReceipt } from './show-receipt.js';
import { ValidatorsController } from './validators.controller.js';

export interface ReceiptSettings {
  /** Longest life of an access token, in seconds. */
  readonly accessTokenSeconds: number;
}

/** Reports are trimmed away after minutes; what is read now is remembered for longer. */
const READ_EVERY_MS = 2_000;

/** Who has applied a revocation, and since when. */
@Module({})
export class ReceiptsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Receipts');
  private reader: NodeJS.Timeout | undefined;

  constructor(@Inject(ReceiptBoard) private readonly board: ReceiptBoard) {}

  static register({ accessTokenSeconds }: ReceiptSettings): DynamicModule {
    return {
      module: ReceiptsModule,
      controllers: [ReceiptsController, ValidatorsController],
      providers: [
        {
          provide: RevocationPlaces,
          inject: [FeedLog],
          useFactory: (log: FeedLog) => new RevocationPlaces(log, accessTokenSeconds),
        },
        provide(ShowReceipt, [RevocationOutbox, RevocationPlaces, ReceiptBoard, SessionStore, Clock]),
        {
          provide: ListValidators,
          inject: [ReceiptBoard, SessionValidator],
          useFactory: (board: ReceiptBoard, validator: SessionValidator) =>
            new ListValidators(board, () => endOfFeed(validator)),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.reader = setInterval(() => void this.read(), READ_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.reader);
  }

  private async read(): Promise<void> {
    try {
      await this.board.read();
    } catch (error) {
      // With the store away there is nothing to read, which others tell of.
      if (!(error instanceof AppError)) this.logger.error(error instanceof Error ? error.message : 'reading failed');
    }
  }
}

/** Our own validator follows the feed like every other. */
function endOfFeed(validator: SessionValidator) {
  const { epoch, position } = validator.health().feed;
  return epoch === null || position === null ? undefined : { epoch, position };
}
