import type { TokenRefusal } from '@gatehouse/contracts';
import { TOKEN_REFUSALS } from '@gatehouse/contracts';

export type Decision = 'OK' | TokenRefusal;

/** Upper bounds of the revocation-lag histogram, in seconds. */
export const LAG_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30] as const;

/** Plain counts; the texts are made when somebody asks. */
export class Counters {
  readonly decisions = Object.fromEntries(['OK', ...TOKEN_REFUSALS].map((name) => [name, 0])) as Record<
    Decision,
    number
  >;
  cacheHits = 0;
  cacheMisses = 0;
  /** Entries that ended something not ended before. */
  entriesApplied = 0;
  /** Entries of a scope this version does not know; they are not enforced. */
  entriesNotUnderstood = 0;
  readonly lag = { count: 0, sumSeconds: 0, lastSeconds: 0, maxSeconds: 0 };
  readonly lagBuckets: number[] = LAG_BUCKETS_SECONDS.map(() => 0);

  /** From the log's own time of the record to now; clocks that differ make it negative, which counts as 0. */
  observeLag(seconds: number): void {
    const lag = Math.max(0, seconds);
    this.lag.count += 1;
    this.lag.sumSeconds += lag;
    this.lag.lastSeconds = lag;
    this.lag.maxSeconds = Math.max(this.lag.maxSeconds, lag);
    LAG_BUCKETS_SECONDS.forEach((bound, i) => {
      if (lag <= bound) this.lagBuckets[i] = (this.lagBuckets[i] ?? 0) + 1;
    });
  }
}
