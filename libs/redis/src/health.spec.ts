import { SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './connect.js';
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
});
