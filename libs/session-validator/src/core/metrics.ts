import type { Decision } from './counters.js';
import type { Histogram } from './histogram.js';

/** State of the revocation feed as this validator sees it. */
export interface FeedHealth {
  /**
   * - `off`: opted out with `feed: 'none'`
   * - `starting`: the list was never complete; nothing is accepted
   * - `fresh`: proven up to date within the last {@link FRESH_SECONDS} seconds
   * - `stale`: no such proof; the last known list is enforced
   */
  readonly state: 'off' | 'starting' | 'fresh' | 'stale';
  /** Seconds since the newest proof of freshness; `null` before the first. */
  readonly ageSeconds: number | null;
  /** Random name of the log's present life; `null` before anything was read. */
  readonly epoch: string | null;
  /** Newest record held with all before it, `<milliseconds>-<n>`; `null` before anything was read. */
  readonly position: string | null;
  /** Revocations held. */
  readonly entries: number;
}

/** Past this age health reports `stale`; what it means for a route is the route's policy. */
export const FRESH_SECONDS = 5;

export interface ValidatorHealth {
  readonly feed: FeedHealth;
  readonly keys: {
    /** Version of the key bundle; 0 for keys that did not come in one, `null` before there are any. */
    readonly version: number | null;
    readonly count: number;
  };
}

export interface ValidatorMetrics {
  readonly decisions: Readonly<Record<Decision, number>>;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheEntries: number;
  readonly replicaEntries: number;
  readonly feedAgeSeconds: number | null;
  /** Notices that did not follow what was held, and re-reads from the start of the log. */
  readonly feedHoles: number;
  readonly feedRestarts: number;
  readonly unreadableRecords: number;
  readonly entriesApplied: number;
  readonly entriesNotUnderstood: number;
  readonly keyDocumentsRefused: number;
  readonly watchers: number;
  /** From a record's own time to its enforcement here, for what arrived while running. */
  readonly revocationLag: Figures;
  /** What judging a token took; one decision in sixteen is timed. */
  readonly decisionTime: Figures;
}

export interface Figures {
  readonly count: number;
  readonly sumSeconds: number;
  readonly lastSeconds: number;
  readonly maxSeconds: number;
}

export function figuresOf({ count, sum, last, max }: Histogram): Figures {
  return { count, sumSeconds: sum, lastSeconds: last, maxSeconds: max };
}
