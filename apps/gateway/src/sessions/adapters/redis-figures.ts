import { redisPool, type RedisConnection } from '@gatehouse/redis';
import type { Metrics } from '@gatehouse/observability';
import { Cluster } from 'ioredis';

/** How Redis is doing, read when it is scraped; what cannot be read is left out. On a cluster the sum over its masters. */
export function registerRedisFigures(metrics: Metrics, redis: RedisConnection): void {
  metrics.gauge(
    { name: 'redis_pool_connections', help: 'Connections to Redis: one, or one per node' },
    () => redisPool(redis).total,
  );
  metrics.gauge(
    { name: 'redis_pool_connections_idle', help: 'Those that stand and owe no answer' },
    () => redisPool(redis).idle,
  );
  metrics.gauge(
    { name: 'redis_pool_commands_waiting', help: 'Commands sent and not answered yet' },
    () => redisPool(redis).waiting,
  );
  metrics.gauge({ name: 'redis_command_latency_seconds', help: 'Of a PING just now' }, async () => {
    const startedMs = performance.now();
    await redis.ping();
    return (performance.now() - startedMs) / 1000;
  });
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
