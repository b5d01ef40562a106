import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisSettings } from './settings.js';

/** A connection to Redis, whatever its topology. */
export type RedisConnection = Redis | Cluster;

/** Longest a command on the request path may take, in ms. A stalled server must not stall requests. */
export const COMMAND_TIMEOUT_MS = 400;

export interface ConnectOptions {
  /** Shown by `CLIENT LIST`, for whoever has to find out who is connected. */
  readonly name: string;
  /** Told when the connection comes up or goes away; not on each retry. */
  readonly onStatus?: (status: 'up' | 'down', cause?: Error) => void;
}

/**
 * A connection for the request path. It returns at once, whether Redis is there or not, and keeps trying; while it is not
 * there commands fail immediately, and none takes longer than {@link COMMAND_TIMEOUT_MS}. It never throws by itself.
 */
export function connectRedis(settings: RedisSettings, options: ConnectOptions): RedisConnection {
  return connect(settings, options, { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 1 });
}

/** A connection for subscriptions and blocking reads: no command time-out, resubscribes by itself. */
export function connectRedisSubscriber(settings: RedisSettings, options: ConnectOptions): RedisConnection {
  return connect(settings, options, { autoResubscribe: true, maxRetriesPerRequest: null });
}

function connect(settings: RedisSettings, options: ConnectOptions, extra: RedisOptions): RedisConnection {
  const { username, password, db, tls } = settings.common;
  const redisOptions: RedisOptions = {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls: {} } : {}),
    connectionName: options.name,
    connectTimeout: 1_000,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    retryStrategy,
    // After a failover the old primary answers READONLY: connect anew, to find the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...extra,
  };
  const connection = open(settings, db, redisOptions);
  reportStatus(connection, options.onStatus);
  return connection;
}

function open(settings: RedisSettings, db: number, redisOptions: RedisOptions): RedisConnection {
  switch (settings.kind) {
    case 'standalone':
      return new Redis({ ...redisOptions, host: settings.host, port: settings.port, db });
    case 'sentinel':
      return new Redis({
        ...redisOptions,
        db,
        name: settings.masterName,
        sentinels: settings.sentinels.map(({ host, port }) => ({ host, port })),
        sentinelRetryStrategy: retryStrategy,
      });
    case 'cluster':
      return new Cluster(
        settings.nodes.map(({ host, port }) => ({ host, port })),
        { redisOptions, enableOfflineQueue: false, clusterRetryStrategy: retryStrategy, slotsRefreshTimeout: 1_000 },
      );
  }
}

/** 50 ms, 100 ms … 1 s, with jitter so that a fleet does not come back in one wave. */
function retryStrategy(attempt: number): number {
  return Math.min(1_000, 50 * attempt) * (0.75 + Math.random() / 2);
}

function reportStatus(connection: RedisConnection, onStatus: ConnectOptions['onStatus']): void {
  let status: 'up' | 'down' | undefined;
  let cause: Error | undefined;
  const tell = (next: 'up' | 'down') => {
    if (next === status) return;
    status = next;
    onStatus?.(next, next === 'down' ? cause : undefined);
  };
  // Without a listener ioredis prints each failed attempt; with one, the status is told once.
  connection.on('error', (error: Error) => {
    cause = error;
    if (connection.status !== 'ready') tell('down');
  });
  connection.on('ready', () => tell('up'));
  connection.on('close', () => tell('down'));
}
