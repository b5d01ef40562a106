/** The time, as a need: rules ask for it, so that tests decide it. */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract nowMs(): number;

  /** Whole seconds since the epoch (NumericDate, RFC 7519 §2). */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }
}

export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
}
