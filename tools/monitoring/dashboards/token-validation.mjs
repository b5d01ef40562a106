import { CHOSEN, curve, figure, quantiles, quiet, rate } from './panel.mjs';

const V = 'session_validator';

/** What services that judge tokens say: whether people get in, and whether who should not any more does not. */
export const tokenValidation = {
  uid: 'gatehouse-validation',
  title: 'Token validation',
  about: 'Decisions of every service with a validator, the revocation feed as they see it, and their keys.',
  jobsWith: `${V}_feed_age_seconds`,
  panels: [
    figure(
      'Validators',
      'short',
      'Instances with a validator that tell their figures.',
      `count(${V}_feed_age_seconds{${CHOSEN}})`,
    ),
    figure(
      'Refused',
      'percentunit',
      'Share of tokens refused, expired ones not counted.',
      'max(token_validation:failures:ratio5m{job=~"$job"})',
      {
        ...{ bad: 0.05, runbook: 'refused-tokens' },
      },
    ),
    figure(
      'Oldest news',
      's',
      'Age of the newest proof that a list is whole, in the service that is furthest behind.',
      `max(${V}_feed_age_seconds{${CHOSEN}})`,
      {
        ...{ bad: 30, runbook: 'feed-lag' },
      },
    ),
    figure(
      'Sign-out in force after',
      's',
      '99th percentile, from the acknowledgement to the last service.',
      'max(revocation_lag_seconds:p99{job=~"$job"})',
      {
        ...{ bad: 1, runbook: 'feed-lag' },
      },
    ),
    figure('Time to judge', 's', '95th percentile.', 'max(token_validation:decision_seconds:p95{job=~"$job"})', {
      bad: 0.01,
      runbook: 'slow-service',
    }),
    figure(
      'Answered from memory',
      'percentunit',
      'Look-ups of ended sessions that asked nobody: all of them, always.',
      `min(${V}_replica_local_ratio{${CHOSEN}})`,
    ),
    curve('Decisions', 'reqps', 'OK, or why not.', [[rate(`${V}_decisions_total`, 'reason'), '{{reason}}']], {
      stacked: true,
      runbook: 'refused-tokens',
    }),
    curve(
      'Refusals by service',
      'reqps',
      'Without requests that sent no token.',
      [[rate('token_validation_failures_total', 'job, reason'), '{{job}} {{reason}}']],
      { runbook: 'refused-tokens' },
    ),
    curve('Time to judge a token', 's', 'One in sixteen is timed.', quantiles(`${V}_decision_seconds`), {
      runbook: 'slow-service',
    }),
    curve(
      'From sign-out to enforcement',
      's',
      'By the clocks of Redis and of the service.',
      quantiles(`${V}_revocation_lag_seconds`),
      { runbook: 'feed-lag' },
    ),
    curve(
      'Age of the feed',
      's',
      'By instance. Two seconds in peace.',
      [[`${V}_feed_age_seconds{${CHOSEN}}`, '{{instance}}']],
      { runbook: 'feed-lag' },
    ),
    curve(
      'State of the feed',
      'short',
      'Instances in each state.',
      [[`sum by (state) (${V}_feed_state{${CHOSEN}})`, '{{state}}']],
      { stacked: true, runbook: 'feed-lag' },
    ),
    curve(
      'Signatures verified before',
      'percentunit',
      'Each other token costs a signature.',
      [[`token_validation:cache_hits:ratio5m{job=~"$job"}`, '{{job}}']],
      { runbook: 'slow-service' },
    ),
    curve('Ended sessions in memory', 'short', 'Each is kept until no token of it can be good any more.', [
      [`${V}_replica_entries{${CHOSEN}}`, '{{instance}}'],
    ]),
    curve(
      'Revocations arriving',
      'reqps',
      'Those that ended something, and those of a kind this version does not know.',
      [
        [rate(`${V}_entries_applied_total`), 'applied'],
        [rate(`${V}_entries_not_understood_total`), 'not understood'],
      ],
      { runbook: 'mass-sign-out' },
    ),
    curve(
      'Repairs of the feed',
      'reqps',
      'Notices that did not fit, and times the log was read from its start. Both repair themselves; a steady rate is Redis throwing subscribers out.',
      [
        [rate(`${V}_feed_holes_total`), 'holes'],
        [rate(`${V}_feed_restarts_total`), 'from the start'],
        [rate(`${V}_feed_unreadable_total`), 'unreadable'],
      ],
      { runbook: 'feed-lag' },
    ),
    curve(
      'Signing keys',
      'short',
      'In force, and the version they came in: the same everywhere within seconds.',
      [
        [`${V}_keys{${CHOSEN}}`, '{{instance}} keys'],
        [`${V}_key_bundle_version{${CHOSEN}}`, '{{instance}} version'],
      ],
      { runbook: 'key-rotation' },
    ),
    curve(
      'Keys refused',
      'short',
      'Somebody offered keys that are not ours, or old ones.',
      [[`sum by (job) (increase(${V}_key_documents_refused_total{${CHOSEN}}[1h]))`, '{{job}}']],
      { runbook: 'key-compromise' },
    ),
    curve('Open connections watched', 'short', 'They are closed when their session ends.', [
      [`${V}_watchers{${CHOSEN}}`, '{{instance}}'],
    ]),
    curve(
      'Stale, so refused',
      'reqps',
      'Requests answered with 503 because it could not be told whether the session stands.',
      [[rate(`${V}_decisions_total`, 'job', 'reason="FEED_STALE"'), '{{job}}']],
      { runbook: 'feed-lag' },
    ),
    curve(
      'Behind in other regions',
      's',
      'What the relays of other regions have not carried yet.',
      [quiet('gatehouse_relay_behind_seconds', '{{instance}}', 'there is one region')],
      { runbook: 'feed-lag' },
    ),
  ],
};
