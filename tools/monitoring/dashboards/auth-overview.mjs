import { CHOSEN, curve, figure, quantiles, quiet, rate } from './panel.mjs';

const NOBODY_IS_TOLD = 'nobody is told of security events';

/** Sign-in, tokens and sign-out: what the auth service does. */
export const authOverview = {
  uid: 'gatehouse-auth',
  title: 'Authentication service overview',
  about: 'Sign-ins, tokens, sign-outs and the stores behind them, over all instances of the auth service.',
  jobsWith: 'auth_feed_admitted',
  panels: [
    figure('Instances', 'short', 'Instances that tell their figures.', `sum(up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'service-down',
    }),
    figure('Sessions', 'short', 'Live sessions of all users.', `max(sessions_active{${CHOSEN}})`),
    figure('Requests', 'reqps', 'All routes.', rate('http_request_duration_seconds_count')),
    figure('Feed', 'short', '1: every acknowledged sign-out is in force.', `max(auth_feed_admitted{${CHOSEN}})`, {
      ...{ bad: -1, runbook: 'redis-down' },
    }),
    figure(
      'Sign-outs not told yet',
      'short',
      'In the database, not in the feed. Above 0 for seconds only.',
      `max(auth_outbox_pending{${CHOSEN}})`,
      {
        ...{ bad: 100, runbook: 'feed-lag' },
      },
    ),
    figure(
      'Signing key due in',
      's',
      'Until the next key takes over; negative when overdue.',
      `min(auth_signing_key_rotation_due_seconds{${CHOSEN}})`,
      {
        runbook: 'key-rotation',
      },
    ),
    curve('Sign-ins', 'reqps', 'By how they ended.', [[rate('auth_sign_ins_total', 'result'), '{{result}}']], {
      runbook: 'refused-tokens',
    }),
    curve(
      'Why sign-ins fail',
      'reqps',
      'Many unknown addresses are guessing; wrong passwords of many accounts are a list from a leak.',
      [[rate('auth_sign_ins_total', 'reason', 'result="failed"'), '{{reason}}']],
      { stacked: true, runbook: 'refused-tokens' },
    ),
    curve('Access tokens issued', 'reqps', 'By for whom.', [
      [rate('auth_access_tokens_issued_total', 'kind'), '{{kind}}'],
    ]),
    curve(
      'Refreshes',
      'reqps',
      'Reused: a spent token came again, and its session was ended.',
      [[rate('auth_refreshes_total', 'result'), '{{result}}']],
      { runbook: 'refused-tokens' },
    ),
    curve(
      'Sign-outs and revocations',
      'reqps',
      'Sessions ended for good, by why.',
      [[rate('auth_revocations_total', 'reason'), '{{reason}}']],
      { runbook: 'mass-sign-out' },
    ),
    curve(
      'Time until a revocation is acknowledged',
      's',
      'It is on disk by then, in the database or in Redis.',
      quantiles('auth_revocation_duration_seconds'),
    ),
    curve('Time to answer', 's', 'All routes. Sign-in is slow by intent.', quantiles('http_request_duration_seconds'), {
      runbook: 'slow-service',
    }),
    curve(
      'Slowest routes',
      's',
      '95th percentile by route.',
      [
        [
          `topk(5, histogram_quantile(0.95, ${rate('http_request_duration_seconds_bucket', 'route, le')}))`,
          '{{route}}',
        ],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Errors of ours',
      'reqps',
      'Answers of 500 and above, by status.',
      [quiet(rate('http_request_duration_seconds_count', 'status', 'status=~"5.."'), '{{status}}', 'no errors')],
      { runbook: 'service-down' },
    ),
    curve(
      'Passwords that wait',
      'short',
      'Against what may be here at a time; beyond it sign-in answers 503 at once.',
      [
        [`max(auth_hashing_waiting{${CHOSEN}})`, 'waiting'],
        [`min(auth_hashing_capacity{${CHOSEN}})`, 'room'],
      ],
      { runbook: 'hashing-overload' },
    ),
    curve(
      'Turned away',
      'reqps',
      'For too many passwords at a time, and by limit.',
      [
        [rate('auth_password_requests_shed_total'), 'hashing'],
        quiet(rate('auth_rate_limited_total', 'policy'), '{{policy}}', 'nobody meets a limit'),
      ],
      { runbook: 'hashing-overload' },
    ),
    curve(
      'Age of the heartbeat',
      's',
      'Since an instance proved the feed alive. One second in peace.',
      [
        [`min(auth_feed_heartbeat_age_seconds{${CHOSEN}})`, 'newest'],
        [`max(auth_feed_heartbeat_age_seconds{${CHOSEN}})`, 'oldest'],
      ],
      { runbook: 'feed-lag' },
    ),
    curve(
      'Audit log',
      'reqps',
      'Security events by what became of them. Lost: too many waited for the database.',
      [
        [rate('auth_audit_events_total', 'result'), '{{result}}'],
        [`sum(auth_audit_waiting{${CHOSEN}})`, 'waiting now'],
      ],
      { runbook: 'mysql-down' },
    ),
    curve(
      'Flaws found in the audit log',
      'short',
      'Each is an event that was changed past the service.',
      [quiet(`sum by (found) (auth_audit_flaws_total{${CHOSEN}})`, '{{found}}', 'nobody has tampered')],
      { runbook: 'audit-chain-broken' },
    ),
    curve(
      'Letters',
      'reqps',
      'By what became of them.',
      [quiet(rate('auth_mail_total', 'outcome'), '{{outcome}}', 'no mail server is set up, or nothing was sent')],
      { runbook: 'mail' },
    ),
    curve(
      'Oldest security event that waits',
      's',
      'By receiver. Seconds in peace; after a week it is given up.',
      [quiet(`max by (receiver) (auth_security_event_lag_seconds{${CHOSEN}})`, '{{receiver}}', NOBODY_IS_TOLD)],
      { runbook: 'security-events' },
    ),
    curve(
      'Security events told',
      'reqps',
      'To receivers outside, by what became of them. Postponed counts attempts.',
      [quiet(rate('auth_security_events_total', 'receiver, outcome'), '{{receiver}} {{outcome}}', NOBODY_IS_TOLD)],
      { runbook: 'security-events' },
    ),
    curve(
      'Security events given up',
      'short',
      'Refused for good, or not taken for a week: this receiver will never hear of them.',
      [
        quiet(
          `sum by (receiver) (auth_security_events_total{${CHOSEN}, outcome="given_up"})`,
          '{{receiver}}',
          NOBODY_IS_TOLD,
        ),
      ],
      { runbook: 'security-events' },
    ),
    curve('Open event streams', 'short', 'Browsers that wait for news of their sessions.', [
      [`sum(auth_session_event_streams{${CHOSEN}})`, 'streams'],
    ]),
  ],
};
