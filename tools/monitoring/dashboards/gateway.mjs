import { CHOSEN, curve, figure, quantiles, quiet, rate } from './panel.mjs';

/** What the gateway passes on, what it refuses, and how its upstreams are. */
export const gateway = {
  uid: 'gatehouse-gateway',
  title: 'Gateway',
  about: 'Requests by route, refusals, upstreams with their pools and circuit breakers, logins by provider.',
  jobsWith: 'gateway_open_requests',
  panels: [
    figure('Instances', 'short', 'That tell their figures.', `sum(up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'service-down',
    }),
    figure('Passed on', 'reqps', 'Requests that reached an upstream.', rate('gateway_requests_total')),
    figure(
      'Failed',
      'percentunit',
      'Of those passed on: 500 and above, or no answer.',
      `(${rate('gateway_requests_total', '', 'status=~"5xx|none"')} or vector(0)) / ${rate('gateway_requests_total')}`,
      {
        ...{ bad: 0.05, runbook: 'gateway-upstream' },
      },
    ),
    figure('Under way', 'short', 'Requests, streams and sockets.', `sum(gateway_open_requests{${CHOSEN}})`),
    figure(
      'Circuits open',
      'short',
      'Targets nothing is sent to for their failures.',
      `sum(gateway_target_breaker{${CHOSEN}, state="open"})`,
      { bad: 1, runbook: 'gateway-upstream' },
    ),
    figure('Sessions', 'short', 'Of browsers, at all gateways.', `max(redis_sessions_total{${CHOSEN}})`),
    curve('Requests by route', 'reqps', '', [[rate('gateway_requests_total', 'route'), '{{route}}']], {
      stacked: true,
    }),
    curve(
      'Requests by status',
      'reqps',
      'Of what upstreams answered.',
      [[rate('gateway_requests_total', 'status'), '{{status}}']],
      { stacked: true, runbook: 'gateway-upstream' },
    ),
    curve(
      'Time to answer',
      's',
      'To the end of the answer; streams count with all the time they are open.',
      quantiles('gateway_request_duration_seconds'),
      { runbook: 'slow-service' },
    ),
    curve(
      'Slowest routes',
      's',
      '95th percentile by route.',
      [
        [
          `topk(5, histogram_quantile(0.95, ${rate('gateway_request_duration_seconds_bucket', 'route, le')}))`,
          '{{route}}',
        ],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Refused before any upstream',
      'reqps',
      'By code: not signed in, not allowed, no route.',
      [[rate('gateway_refusals_total', 'code'), '{{code}}']],
      { runbook: 'refused-tokens' },
    ),
    curve(
      'Attempts for each request',
      'short',
      '1 without repeats.',
      [
        [
          `${rate('gateway_upstream_attempts_total', 'upstream')} / ${rate('gateway_requests_total', 'upstream')}`,
          '{{upstream}}',
        ],
      ],
      {
        runbook: 'gateway-upstream',
      },
    ),
    curve(
      'Requests without an answer',
      'reqps',
      'By why.',
      [quiet(rate('gateway_upstream_errors_total', 'upstream, error'), '{{upstream}} {{error}}', 'all are answered')],
      {
        runbook: 'gateway-upstream',
      },
    ),
    curve(
      'Targets',
      'short',
      'Healthy, and left out for their failures.',
      [
        [`sum by (upstream) (gateway_target_healthy{${CHOSEN}})`, '{{upstream}} healthy'],
        [`sum by (upstream) (gateway_target_ejected{${CHOSEN}})`, '{{upstream}} left out'],
      ],
      { runbook: 'gateway-upstream' },
    ),
    curve(
      'Circuit breakers',
      'short',
      'Targets by state.',
      [[`sum by (state) (gateway_target_breaker{${CHOSEN}})`, '{{state}}']],
      { stacked: true, runbook: 'gateway-upstream' },
    ),
    curve(
      'Connections to upstreams',
      'short',
      'Waiting above 0: the target is slow, or its connections are too few.',
      [
        [`sum by (upstream) (gateway_pool_active{${CHOSEN}})`, '{{upstream}} active'],
        [`sum by (upstream) (gateway_pool_idle{${CHOSEN}})`, '{{upstream}} idle'],
        [`sum by (upstream) (gateway_pool_waiting{${CHOSEN}})`, '{{upstream}} waiting'],
        [`sum by (upstream) (gateway_pool_upgraded{${CHOSEN}})`, '{{upstream}} WebSockets'],
      ],
      { runbook: 'gateway-upstream' },
    ),
    curve(
      'Logins',
      'reqps',
      'Returns from identity providers, by outcome.',
      [[rate('gateway_logins_total', 'provider, outcome'), '{{provider}} {{outcome}}']],
      {
        runbook: 'gateway-provider-down',
      },
    ),
    curve(
      'Changes of its file',
      'short',
      'Refused: it goes on with the one it had.',
      [[`sum by (outcome) (gateway_config_reloads_total{${CHOSEN}})`, '{{outcome}}']],
      { runbook: 'gateway-upstream' },
    ),
    curve('Memory', 'bytes', '', [[`process_resident_memory_bytes{${CHOSEN}}`, '{{instance}}']]),
    curve(
      'Processor',
      'percentunit',
      'Of one core.',
      [[`rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`, '{{instance}}']],
      { runbook: 'slow-service' },
    ),
    curve(
      'NGINX in front',
      'short',
      'Connections by state, and whether its exporter reaches it.',
      [
        quiet('nginx_connections_active', 'active', 'no exporter of NGINX runs'),
        quiet('nginx_connections_waiting', 'waiting', 'no exporter of NGINX runs'),
        quiet('nginx_up', 'up', 'no exporter of NGINX runs'),
      ],
      { runbook: 'service-down' },
    ),
  ],
};
