import type { ActivityBatch } from '@gatehouse/contracts';

/** A batch as it came in. */
export interface TakenBatch {
  readonly batch: ActivityBatch;
  readonly arrivedAtMs: number;
}

/** What was taken out of the inbox. */
export interface Taken {
  readonly batches: readonly TakenBatch[];
  /** Batches that had come before: somebody was not told that they arrived. */
  readonly duplicates: number;
  /** Records that are no batches. */
  readonly unreadable: number;
  /** Batches that never came, as the numbers of the others tell. */
  readonly lost: number;
  /** Whether there was more than was asked for. */
  readonly more: boolean;
}

/**
 * Where validators hand in what they have counted, until an instance of this service takes it. Bounded: beyond its room the
 * oldest batches are dropped, and told as lost.
 *
 * Methods throw `SessionStoreUnavailable` when the inbox does not answer in time.
 */
export abstract class ActivityInbox {
  /** Hands in a batch. The same one may be handed in twice, under its number; it is taken once. */
  abstract post(batch: ActivityBatch): Promise<void>;

  /**
   * Takes out the oldest records, for good and for this caller alone: of several instances each gets others.
   *
   * @param most - records to look at
   */
  abstract take(most: number): Promise<Taken>;
}
