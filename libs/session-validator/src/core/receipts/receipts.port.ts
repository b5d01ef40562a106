import type { FeedMode, ValidatorReport } from '@gatehouse/contracts';

/**
 * Where a validator tells how far it has come. Nothing that happens here may disturb validation: a report is worth less
 * than the request that is being judged.
 */
export interface ReceiptReporter {
  /** How the validator gets its feed. */
  readonly mode: FeedMode;

  /**
   * Hands a report over. It is settled within seconds, and nothing is queued: a report that comes late is worth nothing, and
   * the next one says it all again.
   *
   * @returns false when there is no connection to hand it over on right now.
   * @throws {ReportRefused} when the other side does not want it.
   */
  report(report: ValidatorReport): Promise<boolean>;

  /** Gives up what is under way. Called once, after the last report. */
  close(): void;
}

/** The other side refuses reports: not allowed, not known there, too many. Told to the operator once. */
export class ReportRefused extends Error {
  /** Always `ReportRefused`. */
  override readonly name = 'ReportRefused';

  constructor(
    /** A short code of the refusal; never what was sent or answered. */
    readonly refusal: string,
  ) {
    super(`receipts are refused (${refusal})`);
  }
}
