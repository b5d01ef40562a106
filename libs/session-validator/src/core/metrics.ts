import { LAG_BUCKETS_SECONDS, type Counters, type Decision } from './counters.js';

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
  readonly epoch: string | null;
  readonly position: string | null;
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
  readonly revocationLag: {
    readonly count: number;
    readonly sumSeconds: number;
    readonly lastSeconds: number;
    readonly maxSeconds: number;
  };
}

/** Prometheus text exposition format 0.0.4. */
export function prometheusText(
  metrics: ValidatorMetrics,
  { lagBuckets }: Counters,
  keys: ValidatorHealth['keys'],
): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, samples: readonly (readonly [string, number])[]) => {
    lines.push(`# HELP session_validator_${name} ${help}`, `# TYPE session_validator_${name} ${type}`);
    for (const [suffix, value] of samples) lines.push(`session_validator_${name}${suffix} ${value}`);
  };
  const counter = (name: string, help: string, value: number) => family(name, 'counter', help, [['', value]]);
  const gauge = (name: string, help: string, value: number) => family(name, 'gauge', help, [['', value]]);

  const decisions = Object.entries(metrics.decisions).map(([reason, n]) => [`{reason="${reason}"}`, n] as const);
  family('decisions_total', 'counter', 'Tokens judged, by outcome.', decisions);
  counter('cache_hits_total', 'Tokens whose signature had been verified before.', metrics.cacheHits);
  counter('cache_misses_total', 'Tokens whose signature had to be verified.', metrics.cacheMisses);
  gauge('cache_entries', 'Verified tokens held.', metrics.cacheEntries);
  gauge('replica_entries', 'Revocations held.', metrics.replicaEntries);
  gauge(
    'feed_age_seconds',
    'Age of the newest proof of freshness; +Inf before the first.',
    metrics.feedAgeSeconds ?? Infinity,
  );
  counter('feed_holes_total', 'Notices that did not follow what was held.', metrics.feedHoles);
  counter('feed_restarts_total', 'Times the log was read again from its start.', metrics.feedRestarts);
  counter('feed_unreadable_total', 'Records of the feed that could not be read.', metrics.unreadableRecords);
  counter('entries_applied_total', 'Revocations that ended something.', metrics.entriesApplied);
  counter(
    'entries_not_understood_total',
    'Revocations of a scope this version does not know.',
    metrics.entriesNotUnderstood,
  );
  gauge('key_bundle_version', 'Version of the key bundle in force.', keys.version ?? 0);
  gauge('keys', 'Signing keys in force.', keys.count);
  counter('key_documents_refused_total', 'Key documents that were refused.', metrics.keyDocumentsRefused);
  gauge('watchers', 'Open connections watched for the end of their session.', metrics.watchers);
  const buckets = LAG_BUCKETS_SECONDS.map((bound, i) => [`_bucket{le="${bound}"}`, lagBuckets[i] ?? 0] as const);
  family('revocation_lag_seconds', 'histogram', 'From a revocation record to its enforcement here.', [
    ...buckets,
    ['_bucket{le="+Inf"}', metrics.revocationLag.count],
    ['_sum', metrics.revocationLag.sumSeconds],
    ['_count', metrics.revocationLag.count],
  ]);
  return `${lines.join('\n').replaceAll(' Infinity', ' +Inf')}\n`;
}
