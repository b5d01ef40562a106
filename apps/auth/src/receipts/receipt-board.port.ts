import type { FeedMode, ValidatorReport } from '@gatehouse/contracts';

/** A place in one life of the feed. */
export interface FeedPlace {
  readonly epoch: string;
  readonly position: string;
}

/** A validator, as its reports tell of it. */
export interface SeenValidator {
  /** Names it to people. Not what it names itself by, with which anybody could report in its place. */
  readonly id: string;
  readonly name: string;
  /** The empty string when nobody gave it one. */
  readonly service: string;
  readonly version: string;
  readonly mode: FeedMode;
  /** Everything up to here is in force in it. */
  readonly place: FeedPlace;
  /** Entries it met and could not enforce. */
  readonly notUnderstood: number;
  readonly heardAtMs: number;
  /** False once it has been silent for its life: it is taken to be gone, and nobody waits for it. */
  readonly expected: boolean;

  /**
   * When it put into force what lies at `place`: not before that was written and not after it was reported, whatever the
   * validator's clock says. `null` when that is so long ago that nobody remembers. `undefined` when it has not, as far as
   * it has told.
   */
  appliedAtMs(place: FeedPlace): number | null | undefined;
}

export interface BoardReading {
  /** Those heard of lately, silent ones included, in the order they were first heard of. */
  readonly validators: readonly SeenValidator[];
  /** True while there is no room for more: somebody may be missing, and nothing can be said of all. */
  readonly full: boolean;
}

/** Where validators tell how far they have come in the feed. Forgets by itself, and is bounded, whatever it is told. */
export abstract class ReceiptBoard {
  /**
   * Takes a report in. Taking the same one in twice changes nothing; a late one never takes anything back.
   *
   * @throws {TooManyValidators} when it is about one more validator than there is room for.
   * @throws {SessionStoreUnavailable}
   */
  abstract post(report: ValidatorReport): Promise<void>;

  /** @throws {SessionStoreUnavailable} */
  abstract read(): Promise<BoardReading>;
}
