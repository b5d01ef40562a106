/** Upper bounds in seconds: from a request to a neighbour to the longest a route waits by default. */
const BOUNDS_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** How long something took, counted by upper bound. Kept by hand, as all figures of the proxy. */
export class Durations {
  /** The last one holds what is beyond all bounds. */
  private readonly counts = Array.from({ length: BOUNDS_SECONDS.length + 1 }, () => 0);
  private sumSeconds = 0;

  note(seconds: number): void {
    this.sumSeconds += seconds;
    let at = 0;
    while (at < BOUNDS_SECONDS.length && seconds > (BOUNDS_SECONDS[at] ?? Infinity)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
  }

  /** As Prometheus has them: each bucket holds all below it too. @param add - takes suffix, labels of its own, and value */
  tell(add: (suffix: string, labels: string, value: number) => void): void {
    let count = 0;
    this.counts.forEach((here, at) => {
      count += here;
      add('_bucket', `le="${BOUNDS_SECONDS[at] ?? '+Inf'}"`, count);
    });
    add('_sum', '', this.sumSeconds);
    add('_count', '', count);
  }
}
