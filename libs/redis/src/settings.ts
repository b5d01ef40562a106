/** How to reach Redis. */
export type RedisSettings =
  | { readonly kind: 'standalone'; readonly host: string; readonly port: number; readonly common: RedisCommon }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[]; readonly common: RedisCommon }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisNode[];
      readonly masterName: string;
      readonly common: RedisCommon;
    };

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisCommon {
  readonly username?: string;
  readonly password?: string;
  /** Database number; clusters have only 0. */
  readonly db: number;
  readonly tls: boolean;
}

/** The variables read here; anything else in the environment is ignored. */
export interface RedisEnvironment {
  readonly REDIS_ENABLED?: string;
  readonly REDIS_URL?: string;
  readonly REDIS_ADDR?: string;
  readonly REDIS_HOST?: string;
  readonly REDIS_PORT?: string;
  readonly REDIS_PASSWORD?: string;
  readonly REDIS_DB?: string;
  readonly REDIS_CLUSTER_NODES?: string;
  readonly REDIS_SENTINELS?: string;
  readonly REDIS_SENTINEL_MASTER?: string;
}

export interface ParsedRedis {
  /** `undefined` when no Redis is named, or `REDIS_ENABLED` is `false`. */
  readonly settings?: RedisSettings;
  /** What is wrong: names of variables and rules, never values. */
  readonly faults: readonly string[];
}

/**
 * Reads where Redis is. `REDIS_URL` may be a URL (`rediss://` for TLS) or `host:port`; `REDIS_ADDR` is `host:port`;
 * `REDIS_HOST` and `REDIS_PORT` name the parts. Two that name different places are a fault rather than a guess.
 */
export function parseRedisSettings(env: RedisEnvironment): ParsedRedis {
  if (env.REDIS_ENABLED?.trim().toLowerCase() === 'false') return { faults: [] };
  const faults: string[] = [];
  const db = parseDb(env.REDIS_DB, faults);
  const password = env.REDIS_PASSWORD ? { password: env.REDIS_PASSWORD } : {};

  if (env.REDIS_CLUSTER_NODES) {
    const nodes = parseNodes('REDIS_CLUSTER_NODES', env.REDIS_CLUSTER_NODES, 6379, faults);
    return { settings: { kind: 'cluster', nodes, common: { ...password, db: 0, tls: false } }, faults };
  }
  if (env.REDIS_SENTINELS) {
    const sentinels = parseNodes('REDIS_SENTINELS', env.REDIS_SENTINELS, 26379, faults);
    if (!env.REDIS_SENTINEL_MASTER) faults.push('REDIS_SENTINEL_MASTER is needed beside REDIS_SENTINELS');
    const masterName = env.REDIS_SENTINEL_MASTER ?? '';
    return { settings: { kind: 'sentinel', sentinels, masterName, common: { ...password, db, tls: false } }, faults };
  }

  const named = [
    ['REDIS_URL', env.REDIS_URL && parseUrl('REDIS_URL', env.REDIS_URL, faults)],
    ['REDIS_ADDR', env.REDIS_ADDR && parseUrl('REDIS_ADDR', env.REDIS_ADDR, faults)],
    [
      'REDIS_HOST/REDIS_PORT',
      env.REDIS_HOST && parseUrl('REDIS_HOST', `${env.REDIS_HOST}:${env.REDIS_PORT ?? 6379}`, faults),
    ],
  ] as const;
  const places = named.flatMap(([name, place]) => (place ? [{ name, place }] : []));
  const [first, ...others] = places;
  for (const other of others) {
    if (first && (other.place.host !== first.place.host || other.place.port !== first.place.port)) {
      faults.push(`${first.name} and ${other.name} name different servers; keep one of them`);
    }
  }
  if (!first) return { faults };
  const { host, port, ...fromUrl } = first.place;
  const common = { ...password, ...fromUrl, db: fromUrl.db ?? db };
  return { settings: { kind: 'standalone', host, port, common }, faults };
}

interface Place extends RedisNode {
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls: boolean;
}

function parseUrl(name: string, text: string, faults: string[]): Place | undefined {
  const withScheme = text.includes('://') ? text : `redis://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    faults.push(`${name} is neither a redis:// URL nor host:port`);
    return undefined;
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    faults.push(`${name} must start with redis:// or rediss://`);
    return undefined;
  }
  if (!url.hostname) {
    faults.push(`${name} names no host`);
    return undefined;
  }
  const db = url.pathname.length > 1 ? parseDb(url.pathname.slice(1), faults, `the path of ${name}`) : undefined;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : 6379,
    tls: url.protocol === 'rediss:',
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(db === undefined ? {} : { db }),
  };
}

function parseDb(text: string | undefined, faults: string[], name = 'REDIS_DB'): number {
  if (text === undefined || text === '') return 0;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  faults.push(`${name} must be a database number`);
  return 0;
}

function parseNodes(name: string, text: string, defaultPort: number, faults: string[]): RedisNode[] {
  const nodes = text
    .split(',')
    .map((node) => node.trim())
    .filter(Boolean)
    .map((node) => parseUrl(name, node, faults));
  return nodes.flatMap((node, index) => {
    if (!node) return [];
    const hasPort = /:\d+$/.test(text.split(',')[index]?.trim() ?? '');
    return [{ host: node.host, port: hasPort ? node.port : defaultPort }];
  });
}
