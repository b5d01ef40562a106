import { CHOSEN, curve, figure, quiet } from './panel.mjs';

const per = (metric, by = '') => `sum${by && ` by (${by})`} (rate(${metric}{${CHOSEN}}[$__rate_interval]))`;

/** MySQL as its exporter sees it, and as the services do. */
export const mysql = {
  uid: 'gatehouse-mysql',
  title: 'MySQL',
  about: 'Connections, statements and replication of MySQL; below, how long the services wait for it.',
  jobsWith: 'mysql_up',
  panels: [
    figure('Up', 'short', 'Servers that answer their exporter.', `sum(mysql_up{${CHOSEN}})`, {
      bad: -1,
      runbook: 'mysql-down',
    }),
    figure('Statements', 'ops', 'Per second.', per('mysql_global_status_questions')),
    figure(
      'Connections',
      'percentunit',
      'Of those it allows.',
      `max(mysql_global_status_threads_connected{${CHOSEN}} / mysql_global_variables_max_connections{${CHOSEN}})`,
      {
        ...{ bad: 0.8, runbook: 'mysql-down' },
      },
    ),
    figure('Slow queries', 'ops', 'Per second, longer than long_query_time.', per('mysql_global_status_slow_queries'), {
      bad: 0.1,
      runbook: 'slow-service',
    }),
    curve(
      'Statements by kind',
      'ops',
      'The eight most frequent.',
      [[`topk(8, ${per('mysql_global_status_commands_total', 'command')})`, '{{command}}']],
      { stacked: true },
    ),
    curve(
      'Threads',
      'short',
      'Connected, and at work just now.',
      [
        [`mysql_global_status_threads_connected{${CHOSEN}}`, '{{instance}} connected'],
        [`mysql_global_status_threads_running{${CHOSEN}}`, '{{instance}} running'],
      ],
      { runbook: 'mysql-down' },
    ),
    curve(
      'Rows waited for',
      'ops',
      'Locks that somebody else held.',
      [[per('mysql_global_status_innodb_row_lock_waits'), 'waits']],
      { runbook: 'slow-service' },
    ),
    curve(
      'Behind its primary',
      's',
      'Of a replica.',
      [
        quiet(`mysql_slave_status_seconds_behind_master{${CHOSEN}}`, '{{instance}}', 'no exporter looks at a replica'),
        quiet(`mysql_slave_status_seconds_behind_source{${CHOSEN}}`, '{{instance}}', 'no exporter looks at a replica'),
      ],
      { runbook: 'mysql-down' },
    ),
    curve(
      'Statements as services see them',
      's',
      '95th percentile, waiting for a connection included. They give up after a second.',
      [
        [
          'histogram_quantile(0.95, sum by (job, le) (rate(database_statement_duration_seconds_bucket[$__rate_interval])))',
          '{{job}}',
        ],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Pools of services',
      'short',
      'Waiting above 0: statements are slow, or there is more work than connections.',
      [
        ['sum by (job) (database_pool_connections)', '{{job}}'],
        ['sum by (job) (database_pool_connections_idle)', '{{job}} idle'],
        ['sum by (job) (database_pool_requests_waiting)', '{{job}} waiting'],
      ],
      { runbook: 'slow-service' },
    ),
    curve(
      'Age of the last backup',
      's',
      'A day and two hours at the most.',
      [
        quiet(
          'time() - gatehouse_backup_last_success_timestamp_seconds',
          '{{instance}}',
          'nobody tells when a backup was made',
        ),
        quiet(
          'time() - kube_cronjob_status_last_successful_time{cronjob=~".*backup.*"}',
          '{{cronjob}}',
          'not on Kubernetes',
        ),
      ],
      { runbook: 'restore' },
    ),
  ],
};
