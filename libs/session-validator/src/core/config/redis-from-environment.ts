import { InvalidConfiguration, type RedisConnection, type RedisNode } from './config.js';
import { credentialsOf, hostOf, redisAddress } from './redis-address.js';

type Read = (name: string) => string | undefined;

/** Where Redis is, as a configuration says it; at most one of the two is there. */
export interface RedisPlace {
  readonly redisUrl?: string | undefined;
  readonly redis?: RedisConnection | undefined;
}

/**
 * Reads where Redis is. Order: `REDIS_CLUSTER_NODES`, `REDIS_SENTINELS` with `REDIS_SENTINEL_MASTER`, `REDIS_URL`,
 * `REDIS_ADDR`, `REDIS_HOST` with `REDIS_PORT`. Lists are `host:port,host:port`; an entry may be written
 * `redis://user:password@host:port`, or `rediss://…` for TLS. With Sentinels those credentials are the Sentinels' own;
 * the servers' are `REDIS_USERNAME` and `REDIS_PASSWORD`.
 *
 * @throws {InvalidConfiguration} when a list cannot be used, or when both lists are there.
 */
export function redisFromEnvironment(read: Read): RedisPlace {
  if (['false', '0', 'no', 'off'].includes(read('REDIS_ENABLED')?.toLowerCase() ?? '')) return {};
  const cluster = read('REDIS_CLUSTER_NODES');
  const sentinels = read('REDIS_SENTINELS');
  if (cluster && sentinels) {
    throw new InvalidConfiguration(['REDIS_CLUSTER_NODES, REDIS_SENTINELS: name different servers; give one of them']);
  }
  if (cluster) return { redis: clusterOf(cluster, read) };
  if (sentinels) return { redis: watchedOf(sentinels, read) };
  return { redisUrl: singleUrl(read) };
}

function clusterOf(text: string, read: Read): RedisConnection {
  const { nodes, credentials, tls } = readList('REDIS_CLUSTER_NODES', text, '6379');
  if ((read('REDIS_DB') ?? '0') !== '0') throw new InvalidConfiguration(['REDIS_DB: a cluster has no database but 0']);
  return {
    cluster: nodes,
    username: credentials.username ?? read('REDIS_USERNAME'),
    password: credentials.password ?? read('REDIS_PASSWORD'),
    ...(tls ? { tls: {} } : {}),
  };
}

function watchedOf(text: string, read: Read): RedisConnection {
  const { nodes, credentials, tls } = readList('REDIS_SENTINELS', text, '26379');
  const name = read('REDIS_SENTINEL_MASTER');
  if (!name) throw new InvalidConfiguration(['REDIS_SENTINEL_MASTER: is needed beside REDIS_SENTINELS']);
  const db = read('REDIS_DB') ?? '0';
  if (!/^\d{1,4}$/.test(db)) throw new InvalidConfiguration(['REDIS_DB: is no database number']);
  return {
    sentinels: nodes,
    name,
    sentinelUsername: credentials.username,
    sentinelPassword: credentials.password,
    username: read('REDIS_USERNAME'),
    password: read('REDIS_PASSWORD'),
    db: Number(db),
    ...(tls ? { tls: {} } : {}),
  };
}

interface Servers {
  readonly nodes: readonly RedisNode[];
  readonly credentials: Pick<RedisConnection, 'username' | 'password'>;
  readonly tls: boolean;
}

/** Servers that are all reached the same way. */
function readList(variable: string, text: string, defaultPort: string): Servers {
  const entries = text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [redisAddress(entry.trim())]));
  const urls = entries.filter((url) => url !== undefined);
  const [first] = urls;
  // Never the text itself: it may hold a password.
  if (!first || urls.length < entries.length) {
    throw new InvalidConfiguration([`${variable}: is no list of Redis addresses, host:port,host:port`]);
  }
  const way = ({ protocol, username, password }: URL) => JSON.stringify([protocol, username, password]);
  if (urls.some((url) => way(url) !== way(first))) {
    throw new InvalidConfiguration([`${variable}: gives its servers different credentials, or TLS to some only`]);
  }
  return {
    nodes: urls.map((url) => ({ host: hostOf(url), port: Number(url.port || defaultPort) })),
    credentials: credentialsOf(first),
    tls: first.protocol === 'rediss:',
  };
}

function singleUrl(read: Read): string | undefined {
  const host = read('REDIS_HOST');
  const address = read('REDIS_URL') ?? read('REDIS_ADDR') ?? (host && `${host}:${read('REDIS_PORT') ?? '6379'}`);
  if (address === undefined) return undefined;
  const url = redisAddress(address);
  // Kept as it is, so that the check at construction can name it.
  if (!url) return address;
  const username = read('REDIS_USERNAME');
  const password = read('REDIS_PASSWORD');
  const db = read('REDIS_DB');
  if (username !== undefined && url.username === '') url.username = encodeURIComponent(username);
  if (password !== undefined && url.password === '') url.password = encodeURIComponent(password);
  if (db !== undefined && ['', '/'].includes(url.pathname)) url.pathname = `/${db}`;
  return url.href;
}
