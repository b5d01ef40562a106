import { CHOSEN, curve, figure, quantiles, quiet, rate } from './panel.mjs';

/** Whether a service is well: requests, process, stores. Works for every service with these figures, ours and yours. */
export const serviceHealth = {
  uid: 'gatehouse-services',
  title: 'Microservice health',
  about: 'Requests, process, database and feed of each service: choose it at the top.',
  jobsWith: 'http_request_duration_seconds_count',
  panels: [
    figure('Instances', 'short', 'That tell their figures.', `sum(up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'service-down',
    }),
    figure('Requests', 'reqps', 'All routes.', rate('http_request_duration_seconds_count')),
    figure(
      'Errors',
      'percentunit',
      'Share of answers of 500 and above.',
      `(${rate('http_request_duration_seconds_count', '', 'status=~"5.."')} or vector(0)) / ${rate('http_request_duration_seconds_count')}`,
      {
        ...{ bad: 0.02, runbook: 'service-down' },
      },
    ),
    figure(
      'Time to answer',
      's',
      '95th percentile.',
      `histogram_quantile(0.95, ${rate('http_request_duration_seconds_bucket', 'le')})`,
      { bad: 0.5, runbook: 'slow-service' },
    ),
    figure(
      'Late with its work',
      's',
      '99th percentile of the delay of the event loop.',
      `max(nodejs_eventloop_lag_p99_seconds{${CHOSEN}})`,
      { bad: 0.2, runbook: 'slow-service' },
    ),
    figure('Database', 'short', 'Instances whose database answers.', `sum(database_up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'mysql-down',
    }),
    curve(
      'Requests by status',
      'reqps',
      '',
      [[rate('http_request_duration_seconds_count', 'job, status'), '{{job}} {{status}}']],
      { stacked: true },
    ),
    curve(
      'Requests by route',
      'reqps',
      'The ten most frequent.',
      [[`topk(10, ${rate('http_request_duration_seconds_count', 'route')})`, '{{route}}']],
      { stacked: true },
    ),
    curve('Time to answer', 's', '', quantiles('http_request_duration_seconds'), { runbook: 'slow-service' }),
    curve(
      'Processor',
      'percentunit',
      'Of one core, by instance.',
      [[`rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`, '{{instance}}']],
      { runbook: 'slow-service' },
    ),
    curve(
      'Event loop',
      's',
      'How late it is: 99th percentile and mean, by instance.',
      [
        [`nodejs_eventloop_lag_p99_seconds{${CHOSEN}}`, '{{instance}} p99'],
        [`nodejs_eventloop_lag_mean_seconds{${CHOSEN}}`, '{{instance}} mean'],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Memory',
      'bytes',
      'Resident, and the heap of it.',
      [
        [`process_resident_memory_bytes{${CHOSEN}}`, '{{instance}} resident'],
        [`nodejs_heap_size_used_bytes{${CHOSEN}}`, '{{instance}} heap'],
      ],
      { runbook: 'service-down' },
    ),
    curve('Time in garbage collection', 'percentunit', 'Of one core.', [
      [`sum by (instance) (rate(nodejs_gc_duration_seconds_sum{${CHOSEN}}[$__rate_interval]))`, '{{instance}}'],
    ]),
    curve('Open files and sockets', 'short', '', [[`process_open_fds{${CHOSEN}}`, '{{instance}}']]),
    curve(
      'Statements',
      's',
      'Time of a statement of the database, waiting for a connection included.',
      quantiles('database_statement_duration_seconds'),
      { runbook: 'slow-service' },
    ),
    curve(
      'Failed statements',
      'reqps',
      '',
      [quiet(rate('database_statement_duration_seconds_count', 'job', 'outcome="failed"'), '{{job}}', 'none fails')],
      { runbook: 'mysql-down' },
    ),
    curve(
      'Connections to the database',
      'short',
      'Waiting above 0: statements are slow, or there is more work than connections.',
      [
        [`sum by (job) (database_pool_connections{${CHOSEN}})`, '{{job}}'],
        [`sum by (job) (database_pool_connections_idle{${CHOSEN}})`, '{{job}} idle'],
        [`sum by (job) (database_pool_requests_waiting{${CHOSEN}})`, '{{job}} waiting'],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Tokens accepted and refused',
      'reqps',
      '',
      [
        [rate('session_validator_decisions_total', 'job', 'reason="OK"'), '{{job}} accepted'],
        [rate('token_validation_failures_total', 'job'), '{{job}} refused'],
      ],
      { runbook: 'refused-tokens' },
    ),
    curve(
      'Has news of ended sessions',
      'short',
      'Instances whose list is proven fresh.',
      [[`sum by (job) (session_validator_feed_state{${CHOSEN}, state="fresh"})`, '{{job}}']],
      { runbook: 'feed-lag' },
    ),
    curve(
      'Certificates',
      's',
      'How long they are good for.',
      [quiet('probe_ssl_earliest_cert_expiry - time()', '{{instance}}', 'no blackbox exporter runs')],
      { runbook: 'certificate' },
    ),
  ],
};
