import { curve, figure, quiet } from './panel.mjs';

const sum = (metric, by = '', labels = '') =>
  `sum${by && ` by (${by})`} (rate(${metric}${labels && `{${labels}}`}[$__rate_interval]))`;

/** The life of sessions from sign-in to their end, in the auth service and in gateways. */
export const sessionFlow = {
  uid: 'gatehouse-sessions',
  title: 'Session management flow',
  about: 'How many sessions there are, how they begin, what keeps them alive and how they end.',
  jobsWith: 'redis_sessions_created_total',
  panels: [
    figure('Sessions', 'short', 'Live sessions of all users.', 'max(sessions_active)'),
    figure(
      'Browser sessions',
      'short',
      'Live sessions of all gateways.',
      'max(redis_sessions_total{service="gateway"})',
    ),
    figure('Opened', 'reqps', 'Per second.', sum('redis_sessions_created_total', '', 'service="auth"')),
    figure('Ended', 'reqps', 'For good, by somebody.', sum('auth_revocations_total')),
    figure('Expired', 'reqps', 'By themselves: what opened and ended sessions leave over.', 'sessions:expired:rate5m'),
    figure(
      'Not in the database yet',
      'short',
      'Sessions whose latest news would be lost with Redis.',
      'sum(auth_session_ledger_waiting)',
      { runbook: 'mysql-down' },
    ),
    curve('Sessions over time', 'short', 'Of users, and of browsers at gateways.', [
      ['max(sessions_active)', 'users'],
      ['max(redis_sessions_total{service="gateway"})', 'browsers'],
    ]),
    curve('Opened', 'reqps', 'By the auth service, and by gateways.', [
      [sum('redis_sessions_created_total', 'service'), '{{service}}'],
    ]),
    curve('Kept alive', 'reqps', 'Refreshes by how they end; renewals of gateways by whose tokens they are.', [
      [sum('auth_refreshes_total', 'result'), 'refresh {{result}}'],
      quiet(
        sum('gateway_session_renewals_total', 'tokens, result'),
        'gateway {{tokens}} {{result}}',
        'no token of a browser session has run out yet',
      ),
    ]),
    curve(
      'Ended by',
      'reqps',
      'Why sessions end before their time.',
      [
        [sum('auth_revocations_total', 'reason'), '{{reason}}'],
        quiet(
          sum('gateway_sessions_ended_total', 'reason'),
          'gateway {{reason}}',
          'nobody has signed out of a gateway',
        ),
      ],
      { stacked: true, runbook: 'mass-sign-out' },
    ),
    curve('Displaced', 'reqps', 'Sessions that ended because a newer one took their place.', [
      [sum('auth_sessions_evicted_total'), 'evicted'],
    ]),
    curve('Expired', 'reqps', 'In the auth service, and in gateways.', [
      ['sessions:expired:rate5m', 'users'],
      [sum('redis_sessions_expired_total'), 'browsers'],
    ]),
    curve(
      'Durable in',
      'reqps',
      'What keeps a revocation when it is acknowledged: the database, or Redis while that is away.',
      [[sum('auth_revocations_total', 'durable_in'), '{{durable_in}}']],
      { runbook: 'mysql-down' },
    ),
    curve(
      'From acknowledgement to enforcement',
      's',
      '99th percentile, by service.',
      [['revocation_lag_seconds:p99', '{{job}}']],
      { runbook: 'feed-lag' },
    ),
    curve(
      'Behind the database',
      's',
      'How long the oldest news of a session has waited to be written.',
      [['max by (instance) (auth_session_ledger_oldest_seconds)', '{{instance}}']],
      { runbook: 'mysql-down' },
    ),
    curve(
      'Given up',
      'short',
      'News of sessions that found no room in a long outage, and requests that could not be counted.',
      [
        ['sum(auth_session_ledger_dropped)', 'sessions'],
        ['sum(auth_activity_dropped_requests)', 'requests'],
      ],
      { runbook: 'mysql-down' },
    ),
    curve('Counted requests', 'reqps', 'Batches of activity that services report.', [
      quiet(sum('auth_activity_batches_total', 'outcome'), '{{outcome}}', 'no service has reported yet'),
      [sum('session_validator_activity_reported_total', 'job'), '{{job}} requests'],
      [sum('session_validator_activity_dropped_total', 'job'), '{{job}} dropped'],
    ]),
    curve(
      'Logins and logouts at gateways',
      'reqps',
      'By outcome; by who asked for them.',
      [
        [sum('gateway_logins_total', 'outcome'), 'login {{outcome}}'],
        quiet(sum('gateway_logouts_total', 'kind'), 'logout {{kind}}', 'nobody has signed out'),
      ],
      { runbook: 'gateway-provider-down' },
    ),
  ],
};
