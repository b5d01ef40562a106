import type { Decision } from './counters.js';
import type { Histogram } from './histogram.js';

/** State of the revocation feed as this validator sees it. */
export interface FeedHealth {
  /**
   * - `off`: opted out with `feed: 'none'`
   * - `starting`: the list was never complete; nothing is accepted
   * - `fresh`: proven up to date within the last 5 seconds
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

/** What a readiness check wants to know. Made from memory; asks nobody. */
export interface ValidatorHealth {
  /**
   * Whether keys and list have been read once. Until then every token gets `FEED_STALE`; from then on it stays true, and each
   * route decides how old the list may be.
   */
  readonly ready: boolean;
  /** How far the list of revocations can be trusted. */
  readonly feed: FeedHealth;
  /** The signing keys in force. */
  readonly keys: {
    /** Version of the key bundle; 0 for keys that did not come in one, `null` before there are any. */
    readonly version: number | null;
    /** Signing keys in force; 0 before there are any. */
    readonly count: number;
  };
}

/** Counts since the validator was made, and what it holds right now. */
export interface ValidatorMetrics {
  /** Tokens judged: `OK`, or the reason why not. */
  readonly decisions: Readonly<Record<Decision, number>>;
  /** Tokens whose signature had been verified before. */
  readonly cacheHits: number;
  /** Tokens whose signature had to be verified. */
  readonly cacheMisses: number;
  /** Verified tokens held. */
  readonly cacheEntries: number;
  /** Revocations held. */
  readonly replicaEntries: number;
  /** Age of the newest proof that the list is up to date; `null` before the first. */
  readonly feedAgeSeconds: number | null;
  /** Notices that did not follow what was held; each made the log be read. */
  readonly feedHoles: number;
  /** Times the place in the log was gone and it was read from its start. */
  readonly feedRestarts: number;
  /** Records of the log that could not be read. */
  readonly unreadableRecords: number;
  /** Revocations that ended something not ended before. */
  readonly entriesApplied: number;
  /** Revocations of a scope this version does not know; they are not enforced. */
  readonly entriesNotUnderstood: number;
  /** Key bundles or JWK Sets that were broken, forged or older than the one in force. */
  readonly keyDocumentsRefused: number;
  /** Open connections watched for the end of their session. */
  readonly watchers: number;
  /** Requests whose count the auth service has taken. */
  readonly activityReported: number;
  /** Requests whose count was given up, for want of room or because it was refused. */
  readonly activityDropped: number;
  /** Sessions with counts that have not been reported yet. */
  readonly activityWaiting: number;
  /** From a record's own time to its enforcement here, for what arrived while running. */
  readonly revocationLag: Figures;
  /** What judging a token took; one decision in sixteen is timed. */
  readonly decisionTime: Figures;
}

/** What was measured, in short. */
export interface Figures {
  /** How many values. */
  readonly count: number;
  /** Their sum. */
  readonly sumSeconds: number;
  /** The newest. */
  readonly lastSeconds: number;
  /** The highest. */
  readonly maxSeconds: number;
}

export function figuresOf({ count, sum, last, max }: Histogram): Figures {
  return { count, sumSeconds: sum, lastSeconds: last, maxSeconds: max };
}
