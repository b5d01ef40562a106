import type { Metrics } from '@gatehouse/observability';
import type { Database } from './open-database.js';

/** From a look-up by key to the longest a request waits for the database. */
const BUCKETS_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Tells how a database is doing: whether it answers, who waits for a connection, and how long statements take. */
export function registerDatabaseFigures(metrics: Metrics, database: Database): void {
  metrics.gauge({ name: 'database_up', help: '1 while the database answers within half a second' }, () =>
    database.ping().then(
      () => 1,
      () => 0,
    ),
  );
  const statements = metrics.histogram({
    name: 'database_statement_duration_seconds',
    help: 'Time a statement took, waiting for a connection included: ok or failed',
    labels: ['outcome'],
    buckets: BUCKETS_SECONDS,
  });
  database.dataSource.watchStatements((seconds, failed) =>
    statements.observe({ outcome: failed ? 'failed' : 'ok' }, seconds),
  );
  if (database.dialect === 'sqlite') return;
  const pool = () => poolOf(database.dataSource.driver);
  metrics.gauge({ name: 'database_pool_connections', help: 'Connections to the database' }, () => pool().total);
  metrics.gauge({ name: 'database_pool_connections_idle', help: 'Those nobody uses just now' }, () => pool().idle);
  metrics.gauge(
    { name: 'database_pool_requests_waiting', help: 'Statements and transactions that wait for a connection' },
    () => pool().waiting,
  );
}

/** The driver keeps these queues and types none of them. @throws where it does not: a figure is left out rather than made up. */
function poolOf(driver: object): { total: number; idle: number; waiting: number } {
  const { pool } = driver as { readonly pool?: Readonly<Record<string, { readonly length?: unknown } | undefined>> };
  const length = (queue: string): number => {
    const count = pool?.[queue]?.length;
    if (typeof count !== 'number') throw new Error(`the driver has no ${queue}`);
    return count;
  };
  return { total: length('_allConnections'), idle: length('_freeConnections'), waiting: length('_connectionQueue') };
}
