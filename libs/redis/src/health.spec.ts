import { SessionStoreUnavailable } from '@gatehouse/failures';
import { Metrics } from '@gatehouse/observability';
import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './connect.js';
import { registerRedisFigures } from './figures.js';
import { checkReadWrite, redisHealth } from './health.js';
import { parseRedisSettings } from './settings.js';

describe('the health of Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  beforeEach(async () => {
    server = await startRedis();
    redis = connectRedis(parseRedisSettings({ REDIS_URL: server.url }).settings!, { name: 'health-spec' });
    await eventually(() => redis.ping());
  });
  afterEach(async () => {
    redis.disconnect();
    await server.kill();
  });

  it('is good when it reads what it wrote, and leaves nothing for long', async () => {
    expect(await redisHealth(redis)).toEqual({
      connectivity: true,
      readWrite: true,
      latencyMs: expect.any(Number),
      pool: { total: 1, idle: 1, waiting: 0 },
    });
    const [key] = (await server.command('KEYS', 'health:probe:*')) as string[];
    expect(Number(await server.command('PTTL', key!))).toBeGreaterThan(0);
  });

  it('tells a server that is full from one that is away', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await redisHealth(redis)).toMatchObject({ connectivity: true, readWrite: false, latencyMs: null });
    await expect(checkReadWrite(redis, 'p')).rejects.toBeInstanceOf(SessionStoreUnavailable);
    await server.kill();
    await eventually(async () =>
      expect(await redisHealth(redis)).toMatchObject({ connectivity: false, pool: { idle: 0 } }),
    );
  });

  it('counts commands that wait for an answer, and is told in bounded time when none comes', async () => {
    server.pause();
    const waiting = [redis.get('a'), redis.get('b')].map((command) => command.catch(() => undefined));
    const startedMs = performance.now();
    const health = await redisHealth(redis);
    server.resume();
    expect(performance.now() - startedMs).toBeLessThan(COMMAND_TIMEOUT_MS * 2 + 200);
    expect(health).toMatchObject({ readWrite: false, latencyMs: null, pool: { total: 1, idle: 0 } });
    expect(health.pool.waiting).toBeGreaterThanOrEqual(2);
    await Promise.all(waiting);
  });

  it('shows in figures: what a command took, by how it ended, those of a pipeline one by one (R039, R041, R285)', async () => {
    const metrics = new Metrics('spec', { processFigures: false });
    registerRedisFigures(metrics, redis);
    const count = async (outcome: string) => {
      const sample = new RegExp(`^redis_command_duration_seconds_count\\{.*outcome="${outcome}".*\\} (\\d+)$`, 'm');
      return Number(sample.exec(await metrics.text())?.[1] ?? 0);
    };
    const before = await count('ok');
    await redis.pipeline().set('a', '1').get('a').exec();
    // The three, with the PING that the figures themselves have sent; the guard of the connection may have sent one more.
    expect((await count('ok')) - before).toBeGreaterThanOrEqual(3);
    await expect(redis.incr('a', 'too much' as never)).rejects.toThrow();
    expect(await count('refused')).toBe(1);
    expect(await metrics.text()).toMatch(/^redis_connected\{service="spec"\} 1$/m);
    expect(await metrics.text()).toMatch(/^redis_pool_connections\{service="spec"\} 1$/m);

    server.pause();
    await expect(redis.get('a')).rejects.toThrow();
    server.resume();
    expect(await count('lost')).toBeGreaterThanOrEqual(1);
    await server.kill();
    await eventually(async () => expect(await metrics.text()).toMatch(/^redis_connected\{service="spec"\} 0$/m));
    expect(await metrics.text()).not.toMatch(/^redis_command_latency_seconds\b/m);
  });
});
