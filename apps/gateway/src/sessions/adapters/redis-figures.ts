import { registerRedisFigures, type RedisConnection } from '@gatehouse/redis';
import type { Metrics } from '@gatehouse/observability';
import { Cluster } from 'ioredis';

/** The connection to Redis, and how Redis is doing: read when it is scraped, left out where it cannot be. On a cluster the sum over its masters. */
export function registerStoreFigures(metrics: Metrics, redis: RedisConnection): void {
  registerRedisFigures(metrics, redis);
  metrics.gauge({ name: 'redis_memory_used_bytes', help: 'Memory Redis uses for data and itself' }, () =>
    infoSum(redis, 'memory', 'used_memory'),
  );
  metrics.gauge(
    { name: 'redis_evicted_keys', help: 'Keys Redis has dropped for want of memory since its start; must stay 0' },
    () => infoSum(redis, 'stats', 'evicted_keys'),
  );
}

async function infoSum(redis: RedisConnection, section: string, field: string): Promise<number> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const texts = await Promise.all(servers.map((server) => server.info(section)));
  return texts.reduce((sum, text) => sum + numberIn(text, field), 0);
}

/** @throws where the server does not say: a figure is left out rather than made up. */
function numberIn(info: string, field: string): number {
  const [, digits] = new RegExp(`^${field}:(\\d+)\\r?$`, 'm').exec(info) ?? [];
  if (digits === undefined) throw new Error(`INFO has no ${field}`);
  return Number(digits);
}
