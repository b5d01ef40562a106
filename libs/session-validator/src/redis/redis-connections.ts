import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { RedisConnection } from '../core/config/config.js';

/** The driver, loaded when it is needed. */
export interface Driver {
  readonly Redis: typeof Redis;
  readonly Cluster: typeof Cluster;
}

/** No command and no connection attempt takes longer: a Redis that swallows packets must look like one that is gone. */
export const COMMAND_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 1_000;
const GOODBYE_MS = 200;

/** Jitter, so that a fleet does not come back in one wave. */
export function retryDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
}

/** Opens what a validator needs of a Redis, whether it is one server, the master Sentinels name, or a cluster. */
export class RedisConnections {
  constructor(
    private readonly driver: Driver,
    private readonly place: RedisConnection,
  ) {}

  /** The connection that asks. It keeps itself up, and finds the new owner of what it asks for after a failover. */
  asking(): Redis | Cluster {
    const { cluster, ...place } = this.place;
    if (!cluster) return new this.driver.Redis({ ...optionsOf(place), ...common('ask'), retryStrategy: retryDelayMs });
    return new this.driver.Cluster([...cluster], {
      redisOptions: { ...optionsOf(place), ...common('ask') },
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryDelayMs,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      // Each costs up to 100 ms where a node is lost; the default of 16 would outlast what is asked again anyway.
      maxRedirections: 4,
      // Certificates carry names: a node that was looked up first would be checked against its number.
      ...(place.tls
        ? { dnsLookup: (host: string, done: (error: null, host: string) => void) => done(null, host) }
        : {}),
    });
  }

  /**
   * The connection that listens. In a cluster it goes to one node, any of them, and stays away when that is lost: each
   * node hears what is published anywhere.
   *
   * @returns `undefined` while no node of the cluster is known.
   */
  listening(asking: Redis | Cluster): Redis | undefined {
    const { cluster, ...place } = this.place;
    if (!cluster) {
      return new this.driver.Redis({ ...optionsOf(place), ...common('listen'), retryStrategy: retryDelayMs });
    }
    const nodes = 'nodes' in asking ? asking.nodes('all') : [];
    const node = nodes[Math.floor(Math.random() * nodes.length)];
    if (!node) return undefined;
    const { host, port } = node.options;
    const at = { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
    return new this.driver.Redis({ ...optionsOf(place), ...at, ...common('listen'), retryStrategy: () => null });
  }
}

function common(role: string): RedisOptions {
  return {
    lazyConnect: true,
    connectionName: `session-validator:${role}`,
    // One right less to grant: nobody needs to know which driver this is.
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Done by hand on each `ready`, so that reading what was missed begins only once we listen.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // The other side of a connection that is given up may never say goodbye.
    disconnectTimeout: GOODBYE_MS,
    // A Sentinel that accepts connections and answers nothing must not keep us from the next one.
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    sentinelRetryStrategy: retryDelayMs,
  };
}

function optionsOf({ sentinels, tls, ...rest }: Omit<RedisConnection, 'cluster'>): RedisOptions {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as RedisOptions;
  return {
    ...given,
    ...(tls ? { tls } : {}),
    ...(sentinels ? { sentinels: [...sentinels] } : {}),
    // Without both, the driver would leave out TLS towards one of the two without a word.
    ...(sentinels && tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
  };
}
