/**
 * Keeps retries from multiplying the load on something that is failing: they may be a share of the requests, and a few more, so
 * that one retry on a quiet day is not refused.
 */
export class RetryBudget {
  private balance: number;

  /**
   * @param share - retries for each request. @default 0.2
   * @param reserve - retries that may come at once. @default 10
   */
  constructor(
    private readonly share = 0.2,
    private readonly reserve = 10,
  ) {
    this.balance = reserve;
  }

  noteRequest(): void {
    this.balance = Math.min(this.reserve, this.balance + this.share);
  }

  /** @returns whether a retry may be made; it counts as made then */
  take(): boolean {
    if (this.balance < 1) return false;
    this.balance -= 1;
    return true;
  }
}
