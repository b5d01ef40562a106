import type { RedisConnection } from '@gatehouse/redis';
import type { RedisConnectionFacts } from './auth-readiness.js';

/**
 * A connection as it stands. Commands are pipelined over one connection per process, so the pool is that connection: what
 * waits are commands that were sent and not answered yet.
 */
export function redisConnectionFacts(redis: RedisConnection): RedisConnectionFacts {
  const connected = redis.status === 'ready';
  const waiting = waitingIn(redis);
  return { connected, pool: { total: 1, idle: connected && waiting === 0 ? 1 : 0, waiting } };
}

/** ioredis keeps the queue but does not type it; a cluster keeps one per node, which are not added up. */
function waitingIn(redis: RedisConnection): number {
  const { commandQueue } = redis as unknown as { commandQueue?: { length?: unknown } };
  return typeof commandQueue?.length === 'number' ? commandQueue.length : 0;
}
