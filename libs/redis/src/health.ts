import { randomHex } from '@gatehouse/kernel';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connect.js';
import { orStoreUnavailable } from './store-unavailable.js';

export interface RedisHealth {
  /** Whether the connection stands. */
  readonly connectivity: boolean;
  /** Whether a write and a read of it succeeded just now: a full server connects, and refuses to write. */
  readonly readWrite: boolean;
  /** Time of that write and read together; `null` when they failed. */
  readonly latencyMs: number | null;
  readonly pool: RedisPool;
}

/** Commands are pipelined over one connection per server, so that is what there is to count. */
export interface RedisPool {
  /** Connections: one, or one for each node of a cluster. */
  readonly total: number;
  /** Those that stand and owe no answer. */
  readonly idle: number;
  /** Commands sent and not answered yet. */
  readonly waiting: number;
}

/**
 * How Redis is, for readiness and figures. Never throws; takes at most two command time-outs.
 *
 * @param probeKey - beginning of the key that is written, for servers whose ACL allows certain names only.
 */
export async function redisHealth(redis: RedisConnection, probeKey = 'health:probe'): Promise<RedisHealth> {
  const pool = redisPool(redis);
  const startedMs = performance.now();
  const readWrite = await checkReadWrite(redis, probeKey).then(
    () => true,
    () => false,
  );
  const latencyMs = readWrite ? Math.round((performance.now() - startedMs) * 10) / 10 : null;
  return { connectivity: redis.status === 'ready', readWrite, latencyMs, pool };
}

/** @throws {SessionStoreUnavailable} unless a write followed by a read of it succeeds. The key is gone after 5 s. */
export async function checkReadWrite(redis: RedisConnection, probeKey: string): Promise<void> {
  const written = randomHex(8);
  // A key of its own, or two instances would read each other's value.
  const key = `${probeKey}:${written}`;
  await orStoreUnavailable(async () => {
    await redis.set(key, written, 'PX', 5_000);
    if ((await redis.get(key)) !== written) throw new Error('Redis did not return what was written');
  });
}

/** As the driver knows it, without asking the server. */
export function redisPool(redis: RedisConnection): RedisPool {
  const connections = redis instanceof Cluster ? redis.nodes('all') : [redis];
  const waiting = connections.map(unanswered);
  return {
    total: connections.length,
    idle: connections.filter(({ status }, i) => status === 'ready' && waiting[i] === 0).length,
    waiting: waiting.reduce((sum, count) => sum + count, 0),
  };
}

/** ioredis keeps the queue but does not type it. */
function unanswered(redis: Redis): number {
  const { commandQueue } = redis as unknown as { commandQueue?: { length?: unknown } };
  return typeof commandQueue?.length === 'number' ? commandQueue.length : 0;
}
