import { type RedisConnection, type RedisSettings, connectRedis } from '@gatehouse/redis';
import { Cluster, type Redis } from 'ioredis';
import { connect } from 'node:net';
import type { FindingCode } from '../catalogue/catalogue.js';
import { isUp } from '../../environment/wait-until-up.js';

const UP_WITHIN_MS = 1_800;
const ACCEPTED_WITHIN_MS = 500;

/** One server that was reached, and what it said of itself. */
export interface RedisNode {
  /** `Redis`, or which node of a cluster. */
  readonly label: string;
  readonly redis: Redis;
  /** Fields of INFO; empty where the ACL denies it. */
  readonly info: ReadonlyMap<string, string>;
}

export interface ReachedRedis {
  readonly connection: RedisConnection;
  readonly nodes: readonly RedisNode[];
  close(): void;
}

/** Why Redis was not reached. */
export interface Unreached {
  readonly code: FindingCode;
  /** Of the network or of Redis, such as `ECONNREFUSED`; never more than the code. */
  readonly cause: string | undefined;
}

export function isReached(outcome: ReachedRedis | Unreached): outcome is ReachedRedis {
  return 'connection' in outcome;
}

/** Connects as a service would and has every server introduce itself. */
export async function reachRedis(settings: RedisSettings): Promise<ReachedRedis | Unreached> {
  let cause: Error | undefined;
  const connection = connectRedis(settings, {
    name: 'gatehouse-doctor',
    onStatus: (_status, failure) => void (cause = failure),
  });
  // An ACL or password that is refused is told as an error of the connection.
  connection.on('error', (failure: Error) => void (cause = failure));
  if (!(await isUp(connection, UP_WITHIN_MS))) {
    connection.disconnect();
    const why = whyUnreached(cause);
    const isDeaf = why.code === 'REDIS_UNREACHABLE' && settings.common.tls && settings.kind === 'standalone';
    // A server that speaks no TLS waits for the greeting to go on, and says nothing.
    return isDeaf && (await accepts(settings)) ? { ...why, code: 'REDIS_TLS_FAILED' } : why;
  }
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  const nodes = await Promise.all(
    servers.map(async (redis, index) => {
      const label = servers.length > 1 ? `Redis node ${index + 1} of ${servers.length}` : 'Redis';
      return { label, redis, info: await infoOf(redis) };
    }),
  );
  return { connection, nodes, close: () => connection.disconnect() };
}

export async function infoOf(redis: Redis): Promise<Map<string, string>> {
  const text = await redis.info().catch(() => '');
  const fields = text.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
  });
  return new Map(fields);
}

/** The server's own time, in ms; a user that may not ask for it finds it in INFO. @throws {Error} when it is in neither */
export async function timeOf(redis: RedisConnection): Promise<number> {
  try {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  } catch (error) {
    if (!isDenied(error)) throw error;
    const [, micros] = /^server_time_usec:(\d+)/m.exec(await redis.info('server')) ?? [];
    if (micros === undefined) throw error;
    return Number(micros) / 1000;
  }
}

/** One setting of the server; `undefined` where it does not say. */
export async function configOf(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const reply: unknown = await redis.config('GET', name);
    const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isDenied(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOPERM');
}

/** Whether anybody takes connections there. */
function accepts({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ACCEPTED_WITHIN_MS });
    const settle = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false)).once('error', () => settle(false));
  });
}

function whyUnreached(failure: Error | undefined): Unreached {
  const told = [failure, (failure as { lastNodeError?: unknown } | undefined)?.lastNodeError];
  const text = told.map((one) => (one instanceof Error ? `${codeOf(one) ?? ''} ${one.message}` : '')).join(' ');
  if (/WRONGPASS|NOAUTH|invalid password|invalid username/i.test(text)) {
    return { code: 'REDIS_AUTH_REFUSED', cause: undefined };
  }
  const code = told.map(codeOf).find((one) => one !== undefined);
  if (/CERT|SSL|TLS|self.signed|altname|EPROTO|wrong version number/i.test(text)) {
    return { code: 'REDIS_TLS_FAILED', cause: code };
  }
  return { code: 'REDIS_UNREACHABLE', cause: code };
}

function codeOf(failure: unknown): string | undefined {
  const code = (failure as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : undefined;
}
