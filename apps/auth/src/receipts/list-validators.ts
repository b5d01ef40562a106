import type { FeedPlace, ReceiptBoard, SeenValidator } from './receipt-board.port.js';

export interface ListedValidator {
  readonly validator: SeenValidator;
  /** How far it is behind the end of the feed; `undefined` when it is in another life of it. */
  readonly lagMs: number | undefined;
}

export interface ValidatorList {
  /** The end of the feed as this instance has it; `undefined` before it has read it. */
  readonly feed: FeedPlace | undefined;
  readonly validators: readonly ListedValidator[];
  readonly full: boolean;
}

/** Shows an administrator which validators there are and how far each has come. */
export class ListValidators {
  /** @param endOfFeed - the newest record this instance knows of */
  constructor(
    private readonly board: ReceiptBoard,
    private readonly endOfFeed: () => FeedPlace | undefined,
  ) {}

  /** @throws {SessionStoreUnavailable} */
  async run(): Promise<ValidatorList> {
    const { validators, full } = await this.board.read();
    const feed = this.endOfFeed();
    return { feed, full, validators: validators.map((validator) => ({ validator, lagMs: lagOf(validator, feed) })) };
  }
}

/** Positions begin with the time of writing, so the time between two is how far they lie apart. */
function lagOf({ place }: SeenValidator, feed: FeedPlace | undefined): number | undefined {
  if (feed?.epoch !== place.epoch) return undefined;
  return Math.max(0, timeOf(feed.position) - timeOf(place.position));
}

const timeOf = (position: string) => Number(position.split('-')[0]);
