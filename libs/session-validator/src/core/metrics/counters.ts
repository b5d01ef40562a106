import type { TokenRefusal } from '@gatehouse/contracts';
import { TOKEN_REFUSALS } from '@gatehouse/contracts';
import { Histogram } from './histogram.js';

/** What became of a token: accepted, or refused for a reason. */
export type Decision = 'OK' | TokenRefusal;

/** Upper bounds of the revocation-lag histogram, in seconds. */
export const LAG_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30] as const;

/** Upper bounds for the time a decision takes, in seconds: microseconds when warm, a signature when not, a key read at worst. */
export const DECISION_BUCKETS_SECONDS = [
  0.000_002, 0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.01, 0.1, 1,
] as const;

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
  /** From the log's own time of a record to its enforcement here. */
  readonly lagSeconds = new Histogram(LAG_BUCKETS_SECONDS);
  readonly decisionSeconds = new Histogram(DECISION_BUCKETS_SECONDS);
}
