/** Counts of values by upper bound, as Prometheus has them: each bucket holds all below it too. */
export class Histogram {
  count = 0;
  sum = 0;
  last = 0;
  max = 0;
  readonly buckets: number[];

  /** @param bounds - ascending upper bounds, without the infinite one */
  constructor(readonly bounds: readonly number[]) {
    this.buckets = bounds.map(() => 0);
  }

  /** A negative value, which only clocks that differ can give, counts as 0. */
  observe(raw: number): void {
    const value = Math.max(0, raw);
    this.count += 1;
    this.sum += value;
    this.last = value;
    this.max = Math.max(this.max, value);
    for (let i = this.bounds.length - 1; i >= 0 && value <= (this.bounds[i] ?? 0); i--) {
      this.buckets[i] = (this.buckets[i] ?? 0) + 1;
    }
  }
}
