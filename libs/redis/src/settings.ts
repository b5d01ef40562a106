import { parseAddress, parseAddresses, parseDatabaseNumber, type Address } from './address.js';

/** How to reach Redis. */
export type RedisSettings =
  | { readonly kind: 'standalone'; readonly host: string; readonly port: number; readonly common: RedisCommon }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[]; readonly common: RedisCommon }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisNode[];
      readonly masterName: string;
      /** Of the sentinels themselves; they do not take those of the servers they watch. */
      readonly sentinelCredentials?: RedisCredentials;
      readonly common: RedisCommon;
    };

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisCredentials {
  readonly username?: string;
  readonly password?: string;
}

export interface RedisCommon extends RedisCredentials {
  /** Database number; clusters have only 0. */
  readonly db: number;
  readonly tls: boolean;
}

/** The variables read here; anything else in the environment is ignored. One that is empty counts as absent. */
export interface RedisEnvironment {
  readonly REDIS_ENABLED?: string;
  readonly REDIS_URL?: string;
  readonly REDIS_ADDR?: string;
  readonly REDIS_HOST?: string;
  /** Read only beside `REDIS_HOST`: Kubernetes sets it by itself for any service called `redis`. */
  readonly REDIS_PORT?: string;
  /** Name of the account, where it is not the default one. */
  readonly REDIS_USERNAME?: string;
  readonly REDIS_PASSWORD?: string;
  readonly REDIS_DB?: string;
  readonly REDIS_CLUSTER_NODES?: string;
  readonly REDIS_SENTINELS?: string;
  readonly REDIS_SENTINEL_MASTER?: string;
}

export interface ParsedRedis {
  /** `undefined` when no Redis is named, when `REDIS_ENABLED` is `false`, and when there are faults. */
  readonly settings?: RedisSettings;
  /** What is wrong: names of variables and rules, never values. */
  readonly faults: readonly string[];
}

/**
 * Reads where Redis is. Order: `REDIS_CLUSTER_NODES`, `REDIS_SENTINELS`, `REDIS_URL`, `REDIS_ADDR`, `REDIS_HOST` with
 * `REDIS_PORT`. Two variables that say different things are a fault rather than a guess: the wrong guess would be noticed
 * when sessions are missing.
 */
export function parseRedisSettings(env: RedisEnvironment): ParsedRedis {
  const faults: string[] = [];
  const given = trimmed(env);
  if (!isEnabled(given.REDIS_ENABLED, faults)) return { faults };
  const settings = findSettings(given, faults);
  return settings && faults.length === 0 ? { settings, faults } : { faults };
}

function findSettings(env: RedisEnvironment, faults: string[]): RedisSettings | undefined {
  const single = findSingle(env, faults);
  const places = [
    ...(env.REDIS_CLUSTER_NODES ? ['REDIS_CLUSTER_NODES'] : []),
    ...(env.REDIS_SENTINELS ? ['REDIS_SENTINELS'] : []),
    ...(single ? [single.name] : []),
  ];
  for (const other of places.slice(1)) faults.push(differ(places[0] ?? '', other));

  if (env.REDIS_CLUSTER_NODES) {
    const nodes = parseAddresses('REDIS_CLUSTER_NODES', env.REDIS_CLUSTER_NODES, 6379, faults);
    const common = commonOf(env, 'REDIS_CLUSTER_NODES', nodes[0], faults);
    if (common.db !== 0) faults.push('REDIS_DB must be 0 or absent: a cluster has no other database');
    return { kind: 'cluster', nodes: nodes.map(toNode), common };
  }
  if (env.REDIS_SENTINELS) {
    const sentinels = parseAddresses('REDIS_SENTINELS', env.REDIS_SENTINELS, 26379, faults);
    if (!env.REDIS_SENTINEL_MASTER) faults.push('REDIS_SENTINEL_MASTER is needed beside REDIS_SENTINELS');
    const [first] = sentinels;
    return {
      kind: 'sentinel',
      sentinels: sentinels.map(toNode),
      masterName: env.REDIS_SENTINEL_MASTER ?? '',
      ...(first?.password ? { sentinelCredentials: credentialsOf(first) } : {}),
      common: { ...commonOf(env, 'REDIS_SENTINELS', undefined, faults), tls: first?.tls ?? false },
    };
  }
  if (!single) return undefined;
  const { host, port } = single.address;
  return { kind: 'standalone', host, port, common: commonOf(env, single.name, single.address, faults) };
}

interface Named {
  readonly name: string;
  readonly address: Address;
}

/** The one server named by up to three variables, which must agree. */
function findSingle(env: RedisEnvironment, faults: string[]): Named | undefined {
  const read = (name: string, text: string | undefined): Named[] => {
    const address = text ? parseAddress(name, text, 6379, faults) : undefined;
    return address ? [{ name, address }] : [];
  };
  const [first, ...others] = [
    ...read('REDIS_URL', env.REDIS_URL),
    ...read('REDIS_ADDR', env.REDIS_ADDR),
    ...readHost(env, faults),
  ];
  for (const other of others) {
    const samePlace =
      first?.address.host.toLowerCase() === other.address.host.toLowerCase() &&
      first.address.port === other.address.port;
    if (first && !samePlace) faults.push(differ(first.name, other.name));
  }
  return first;
}

function readHost({ REDIS_HOST: host, REDIS_PORT: port = '6379' }: RedisEnvironment, faults: string[]): Named[] {
  if (!host) return [];
  const name = 'REDIS_HOST/REDIS_PORT';
  if (!/^[\w.:-]+$/.test(host)) faults.push('REDIS_HOST must be a host name or an address, nothing more');
  else if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    faults.push('REDIS_PORT must be a port between 1 and 65535');
  } else return [{ name, address: { host, port: Number(port), tls: false } }];
  return [];
}

/** Adds what `REDIS_USERNAME`, `REDIS_PASSWORD` and `REDIS_DB` say to what the address says. */
function commonOf(env: RedisEnvironment, name: string, address: Address | undefined, faults: string[]): RedisCommon {
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password, REDIS_DB } = env;
  if (username && address?.username && username !== address.username) {
    faults.push(`REDIS_USERNAME and ${name} name different accounts; keep one of them`);
  }
  if (password && address?.password && password !== address.password) {
    faults.push(`REDIS_PASSWORD and ${name} give different passwords; keep one of them`);
  }
  const db = REDIS_DB ? parseDatabaseNumber('REDIS_DB', REDIS_DB, faults) : undefined;
  if (db !== undefined && address?.db !== undefined && db !== address.db) {
    faults.push(`REDIS_DB and ${name} give different databases; keep one of them`);
  }
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(address ? credentialsOf(address) : {}),
    db: address?.db ?? db ?? 0,
    tls: address?.tls ?? false,
  };
}

function isEnabled(text: string | undefined, faults: string[]): boolean {
  const word = text?.toLowerCase() ?? 'true';
  if (['true', '1', 'yes'].includes(word)) return true;
  if (!['false', '0', 'no'].includes(word)) faults.push('REDIS_ENABLED must be true or false');
  return false;
}

function trimmed(env: RedisEnvironment): RedisEnvironment {
  const kept = Object.entries(env as Record<string, string | undefined>).flatMap(([name, value]) => {
    // A password may begin or end with a space.
    const text = name === 'REDIS_PASSWORD' ? value : value?.trim();
    return text ? [[name, text]] : [];
  });
  return Object.fromEntries(kept) as RedisEnvironment;
}

const differ = (one: string, other: string) => `${one} and ${other} name different servers; keep one of them`;

const toNode = ({ host, port }: Address): RedisNode => ({ host, port });

function credentialsOf({ username, password }: Address): RedisCredentials {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
