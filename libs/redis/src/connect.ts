import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { isIP } from 'node:net';
import type { RedisSettings } from './settings.js';
import { guardAgainstStall } from './stall-guard.js';
import { withoutCommand } from './store-unavailable.js';

/** A connection to Redis, whatever its topology. */
export type RedisConnection = Redis | Cluster;

/** Longest a command on the request path may take, in ms. A stalled server must not stall requests. */
export const COMMAND_TIMEOUT_MS = 400;

export interface ConnectOptions {
  /** Shown by `CLIENT LIST`, for whoever has to find out who is connected. */
  readonly name: string;
  /** Told when the connection comes up or goes away; not on each retry, and not when we close it ourselves. */
  readonly onStatus?: (status: 'up' | 'down', cause?: Error) => void;
}

/**
 * A connection for the request path. It returns at once, whether Redis is there or not, and keeps trying; while it is not
 * there commands fail immediately. None takes longer than {@link COMMAND_TIMEOUT_MS}, or a second where a cluster sends it
 * from node to node. It never throws by itself. A server that stands still is given up after about two seconds.
 *
 * Each command is sent at most once: what a caller was told had failed must not happen later, out of a queue.
 */
export function connectRedis(settings: RedisSettings, options: ConnectOptions): RedisConnection {
  const connection = connect(settings, options, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    disconnectTimeout: 200,
  });
  if (connection instanceof Cluster) {
    connection.nodes('all').forEach(guardAgainstStall);
    connection.on('+node', guardAgainstStall);
  } else guardAgainstStall(connection);
  return connection;
}

/**
 * A connection for subscriptions: no command time-out. What was asked for when it is lost fails, and is not asked for again:
 * {@link keepSubscribed} does that for a channel.
 */
export function connectRedisSubscriber(settings: RedisSettings, options: ConnectOptions): RedisConnection {
  return connect(settings, options, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 });
}

function connect(settings: RedisSettings, options: ConnectOptions, extra: RedisOptions): RedisConnection {
  const { username, password, tls } = settings.common;
  const connection = open(settings, {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls: {} } : {}),
    connectionName: options.name,
    connectTimeout: 1_000,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    // ioredis leaves the rejection of its own attempt to nobody: a connection that is lost or closed while it comes up, or
    // an account that may no longer listen, would end the process.
    autoResubscribe: false,
    retryStrategy,
    // After a failover the old primary answers READONLY: connect anew, to find the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...extra,
  });
  reportStatus(connection, options.onStatus);
  return connection;
}

function open(settings: RedisSettings, redisOptions: RedisOptions): RedisConnection {
  const { db, tls } = settings.common;
  switch (settings.kind) {
    case 'standalone': {
      const { host, port } = settings;
      // Hosted servers choose the certificate by the name asked for (RFC 6066 §3), and ioredis by itself asks for none.
      const named = tls && isIP(host) === 0 ? { tls: { servername: host } } : {};
      return new Redis({ ...redisOptions, ...named, host, port, db });
    }
    case 'sentinel': {
      const { username, password } = settings.sentinelCredentials ?? {};
      return new Redis({
        ...redisOptions,
        db,
        name: settings.masterName,
        sentinels: settings.sentinels.map(({ host, port }) => ({ host, port })),
        sentinelRetryStrategy: retryStrategy,
        ...(username ? { sentinelUsername: username } : {}),
        ...(password ? { sentinelPassword: password } : {}),
        // Without both, ioredis would leave out TLS towards one of the two without a word.
        ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
      });
    }
    case 'cluster':
      return new Cluster(
        settings.nodes.map(({ host, port }) => ({ host, port })),
        {
          redisOptions,
          enableOfflineQueue: false,
          clusterRetryStrategy: retryStrategy,
          slotsRefreshTimeout: 1_000,
          // Each costs up to 100 ms where a node is lost; the default of 16 would outlast the request.
          maxRedirections: 4,
          // Certificates carry names: a node that was looked up first would be checked against its number.
          ...(tls ? { dnsLookup: (host: string, done: (error: null, host: string) => void) => done(null, host) } : {}),
        },
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
    cause = withoutCommand(error);
    if (connection.status !== 'ready') tell('down');
  });
  connection.on('ready', () => {
    cause = undefined;
    tell('up');
  });
  connection.on('reconnecting', () => tell('down'));
}
