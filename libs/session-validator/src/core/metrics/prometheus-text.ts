import type { Counters } from './counters.js';
import type { Histogram } from './histogram.js';
import type { FeedHealth, ValidatorHealth, ValidatorMetrics } from './metrics.js';

type Sample = readonly [suffixAndLabels: string, value: number];

const FEED_STATES: readonly FeedHealth['state'][] = ['off', 'starting', 'fresh', 'stale'];

/**
 * Prometheus text exposition format 0.0.4. Every name is told in the guide. `token_validation_failures_total` has no
 * prefix: it is one figure over all languages and libraries, and what the alert on failing validations stands on.
 */
export function prometheusText(metrics: ValidatorMetrics, counters: Counters, { feed, keys }: ValidatorHealth): string {
  return [
    ...decisionFamilies(metrics, counters),
    ...feedFamilies(metrics, counters, feed),
    gauge('session_validator_key_bundle_version', 'Version of the key bundle in force.', keys.version ?? 0),
    gauge('session_validator_keys', 'Signing keys in force.', keys.count),
    counter(
      'session_validator_key_documents_refused_total',
      'Key documents that were refused.',
      metrics.keyDocumentsRefused,
    ),
    gauge('session_validator_watchers', 'Open connections watched for the end of their session.', metrics.watchers),
    ...activityFamilies(metrics),
  ].join('');
}

function decisionFamilies({ decisions, ...metrics }: ValidatorMetrics, { decisionSeconds }: Counters): string[] {
  const byReason = Object.entries(decisions).map(([reason, n]): Sample => [`{reason="${reason}"}`, n]);
  // Whoever sends no token fails no validation.
  const failures = byReason.filter(([label]) => label !== '{reason="OK"}' && label !== '{reason="TOKEN_MISSING"}');
  return [
    family('session_validator_decisions_total', 'counter', 'Tokens judged, by outcome.', byReason),
    family('token_validation_failures_total', 'counter', 'Tokens refused, by reason.', failures),
    histogram('session_validator_decision_seconds', 'Time to judge a token, of one in sixteen.', decisionSeconds),
    counter(
      'session_validator_cache_hits_total',
      'Tokens whose signature had been verified before.',
      metrics.cacheHits,
    ),
    counter('session_validator_cache_misses_total', 'Tokens whose signature had to be verified.', metrics.cacheMisses),
    gauge('session_validator_cache_entries', 'Verified tokens held.', metrics.cacheEntries),
  ];
}

function activityFamilies(metrics: ValidatorMetrics): string[] {
  return [
    counter('session_validator_activity_reported_total', 'Requests reported.', metrics.activityReported),
    counter(
      'session_validator_activity_dropped_total',
      'Requests that could not be reported and were given up.',
      metrics.activityDropped,
    ),
    gauge('session_validator_activity_waiting', 'Sessions with requests not reported yet.', metrics.activityWaiting),
  ];
}

function feedFamilies(metrics: ValidatorMetrics, { lagSeconds }: Counters, { state }: FeedHealth): string[] {
  const states = FEED_STATES.map((name): Sample => [`{state="${name}"}`, name === state ? 1 : 0]);
  return [
    gauge('session_validator_replica_entries', 'Revocations held.', metrics.replicaEntries),
    gauge('session_validator_replica_local_ratio', 'Share of look-ups answered from memory: all of them, always.', 1),
    family('session_validator_feed_state', 'gauge', 'State of the revocation feed, 1 for the one it is in.', states),
    gauge(
      'session_validator_feed_age_seconds',
      'Age of the newest proof of freshness; +Inf before the first.',
      metrics.feedAgeSeconds ?? Infinity,
    ),
    counter('session_validator_feed_holes_total', 'Notices that did not follow what was held.', metrics.feedHoles),
    counter('session_validator_feed_restarts_total', 'Times the log was read from its start.', metrics.feedRestarts),
    counter(
      'session_validator_feed_unreadable_total',
      'Records of the feed that could not be read.',
      metrics.unreadableRecords,
    ),
    counter('session_validator_entries_applied_total', 'Revocations that ended something.', metrics.entriesApplied),
    counter(
      'session_validator_entries_not_understood_total',
      'Revocations of a scope this version does not know.',
      metrics.entriesNotUnderstood,
    ),
    histogram('session_validator_revocation_lag_seconds', 'From a revocation to its enforcement here.', lagSeconds),
  ];
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value === Infinity ? '+Inf' : value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function counter(name: string, help: string, value: number): string {
  return family(name, 'counter', help, [['', value]]);
}

function gauge(name: string, help: string, value: number): string {
  return family(name, 'gauge', help, [['', value]]);
}

function histogram(name: string, help: string, { bounds, buckets, count, sum }: Histogram): string {
  const samples = bounds.map((bound, i): Sample => [`_bucket{le="${bound}"}`, buckets[i] ?? 0]);
  return family(name, 'histogram', help, [...samples, ['_bucket{le="+Inf"}', count], ['_sum', sum], ['_count', count]]);
}
