import { CHOSEN, curve, figure, quiet } from './panel.mjs';

const per = (metric, by = '') => `sum${by && ` by (${by})`} (rate(${metric}{${CHOSEN}}[$__rate_interval]))`;

/** Redis as its exporter sees it, and as the services do. */
export const redis = {
  uid: 'gatehouse-redis',
  title: 'Redis performance',
  about: 'Memory, commands, subscribers and durability of Redis; below, how long the services wait for it.',
  jobsWith: 'redis_up',
  panels: [
    figure('Up', 'short', 'Servers that answer their exporter.', `sum(redis_up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'redis-down',
    }),
    figure(
      'Memory',
      'percentunit',
      'Of what it may use. It must not drop anything, so full means that writes are refused.',
      `max(redis_memory_used_bytes{${CHOSEN}} / (redis_memory_max_bytes{${CHOSEN}} > 0))`,
      {
        ...{ bad: 0.7, runbook: 'redis-memory' },
      },
    ),
    figure(
      'Evicted',
      'short',
      'Keys dropped since its start. Must stay 0.',
      `sum(redis_evicted_keys_total{${CHOSEN}})`,
      { bad: 1, runbook: 'redis-memory' },
    ),
    figure('Clients', 'short', 'Connections.', `sum(redis_connected_clients{${CHOSEN}})`),
    figure(
      'Hear of sign-outs',
      'short',
      'Subscribers of token_invalidation: one for each service with a validator, one for each auth instance.',
      'max(auth_feed_subscribers)',
      {
        runbook: 'feed-lag',
      },
    ),
    figure('Commands', 'ops', 'Per second.', per('redis_commands_processed_total')),
    curve(
      'Memory used',
      'bytes',
      'Against the limit.',
      [
        [`redis_memory_used_bytes{${CHOSEN}}`, '{{instance}} used'],
        [`redis_memory_max_bytes{${CHOSEN}}`, '{{instance}} limit'],
      ],
      { runbook: 'redis-memory' },
    ),
    curve(
      'Keys that go',
      'ops',
      'Expired is how sessions end by themselves. Evicted must not be.',
      [
        [per('redis_expired_keys_total'), 'expired'],
        [per('redis_evicted_keys_total'), 'evicted'],
      ],
      { runbook: 'redis-memory' },
    ),
    curve(
      'Time of a command in Redis',
      's',
      'Mean, by command, without the network.',
      [
        [
          `topk(8, ${per('redis_commands_duration_seconds_total', 'cmd')} / (${per('redis_commands_total', 'cmd')} > 0))`,
          '{{cmd}}',
        ],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Commands by kind',
      'ops',
      'The eight most frequent.',
      [[`topk(8, ${per('redis_commands_total', 'cmd')})`, '{{cmd}}']],
      { stacked: true },
    ),
    curve(
      'Time of a command as services see it',
      's',
      '99th percentile, network and queue included. They give up after 400 ms.',
      [
        [
          'histogram_quantile(0.99, sum by (job, le) (rate(redis_command_duration_seconds_bucket{outcome="ok"}[$__rate_interval])))',
          '{{job}}',
        ],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Commands without an answer',
      'ops',
      'Lost to a time-out or a broken connection, and refused by Redis.',
      [
        quiet(
          'sum by (job, outcome) (rate(redis_command_duration_seconds_count{outcome!="ok"}[$__rate_interval]))',
          '{{job}} {{outcome}}',
          'all are answered',
        ),
      ],
      { runbook: 'redis-down' },
    ),
    curve(
      'Connections of services',
      'short',
      'Whether they stand, and commands that wait on them.',
      [
        ['sum by (job) (redis_connected)', '{{job}} connected'],
        ['sum by (job) (redis_pool_commands_waiting)', '{{job}} waiting'],
        ['sum by (job) (redis_pool_connections_idle)', '{{job}} idle'],
      ],
      { runbook: 'redis-down' },
    ),
    curve(
      'A PING just now',
      's',
      'By instance, when it is scraped.',
      [['redis_command_latency_seconds', '{{instance}}']],
      { runbook: 'slow-service' },
    ),
    curve('Channels and blocked clients', 'short', 'Channels somebody listens to.', [
      [`redis_pubsub_channels{${CHOSEN}}`, '{{instance}} channels'],
      [`redis_blocked_clients{${CHOSEN}}`, '{{instance}} blocked'],
    ]),
    curve('Network', 'Bps', 'In and out.', [
      [per('redis_net_input_bytes_total'), 'in'],
      [per('redis_net_output_bytes_total'), 'out'],
    ]),
    curve(
      'Durable',
      'short',
      '1: the last snapshot and the last write of the append-only file succeeded.',
      [
        [`redis_rdb_last_bgsave_status{${CHOSEN}}`, '{{instance}} snapshot'],
        [`redis_aof_last_write_status{${CHOSEN}}`, '{{instance}} append-only file'],
      ],
      { runbook: 'redis-down' },
    ),
    curve(
      'Replicas',
      'short',
      'Connected to each primary; and whether each replica has its primary.',
      [
        [`redis_connected_slaves{${CHOSEN}}`, '{{instance}} replicas'],
        quiet(`redis_master_link_up{${CHOSEN}}`, '{{instance}} has its primary', 'no exporter looks at a replica'),
      ],
      { runbook: 'redis-down' },
    ),
  ],
};
