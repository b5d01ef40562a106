import type { ActivityBatch } from '@gatehouse/contracts';

/** Where a validator tells what it has counted. Nothing that happens here may disturb validation. */
export interface ActivityReporter {
  /**
   * Hands a batch over. It is settled within seconds, and nothing is queued.
   *
   * @returns false when nobody said that it arrived; the same batch is then handed over again. Whoever takes it knows it by its
   *   number.
   * @throws {ReportRefused} when the other side does not want it.
   */
  report(batch: ActivityBatch): Promise<boolean>;

  /** Gives up what is under way. Called once, after the last batch. */
  close(): void;
}
