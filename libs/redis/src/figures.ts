import type { Metrics } from '@gatehouse/observability';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connect.js';
import { redisPool } from './health.js';

/** From a quarter of what a command takes across one machine to the time-out of commands. */
const BUCKETS_SECONDS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * Tells how a connection to Redis is doing: whether it stands, what waits on it, and how long commands take. An application registers
 * its one connection for requests; the names are the same in all of them.
 */
export function registerRedisFigures(metrics: Metrics, redis: RedisConnection): void {
  metrics.gauge({ name: 'redis_connected', help: '1 while the connection to Redis stands' }, () =>
    Number(redis.status === 'ready'),
  );
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
  const commands = metrics.histogram({
    name: 'redis_command_duration_seconds',
    help: 'Time a command took: ok, refused by Redis, or lost without an answer',
    labels: ['outcome'],
    buckets: BUCKETS_SECONDS,
  });
  const told = (outcome: Outcome, seconds: number) => commands.observe({ outcome }, seconds);
  if (!(redis instanceof Cluster)) return watch(redis, told);
  for (const node of redis.nodes('all')) watch(node, told);
  redis.on('+node', (node: Redis) => watch(node, told));
}

type Outcome = 'ok' | 'refused' | 'lost';

/**
 * All commands of a connection pass `sendCommand`, those of a pipeline one by one. The driver's tracing channel tells of them too, but
 * copies every argument into text first.
 */
function watch(redis: Redis, told: (outcome: Outcome, seconds: number) => void): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const startedMs = performance.now();
    const tell = (outcome: Outcome) => told(outcome, (performance.now() - startedMs) / 1000);
    const answer = send(command, stream);
    command.promise.then(
      () => tell('ok'),
      (error: unknown) => tell(error instanceof Error && error.name === 'ReplyError' ? 'refused' : 'lost'),
    );
    return answer;
  };
}
