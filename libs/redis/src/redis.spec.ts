import { SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './connect.js';
import { checkEvictionPolicy } from './eviction-policy.js';
import { LuaScript } from './lua-script.js';
import { parseRedisSettings } from './settings.js';

const addTo = new LuaScript({
  keys: ['sum'],
  args: ['amount'],
  lua: `return redis.call('INCRBY', KEYS[1], ARGV[1])`,
  parse: Number,
});

describe('a connection to a real Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  const statuses: string[] = [];

  beforeAll(async () => {
    server = await startRedis();
    const { settings } = parseRedisSettings({ REDIS_URL: server.url });
    redis = connectRedis(settings!, { name: 'redis-spec', onStatus: (status) => statuses.push(status) });
    await eventually(() => redis.ping());
  });
  afterAll(async () => {
    redis.disconnect();
    await server.kill();
  });

  it('runs a script the server has forgotten', async () => {
    expect(await addTo.run(redis, { sum: 's' }, { amount: 2 })).toBe(2);
    await server.command('SCRIPT', 'FLUSH');
    expect(await addTo.run(redis, { sum: 's' }, { amount: 3 })).toBe(5);
  });

  it('finds an eviction policy that would forget revocations', async () => {
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'safe' });
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'unsafe', policy: 'allkeys-lru' });
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'unsafe', policy: 'volatile-ttl' });
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });

  it('gives up on a server that stands still', async () => {
    server.pause();
    const startedMs = performance.now();
    await expect(addTo.run(redis, { sum: 's' }, { amount: 1 })).rejects.toBeInstanceOf(SessionStoreUnavailable);
    server.resume();
    expect(performance.now() - startedMs).toBeLessThan(COMMAND_TIMEOUT_MS * 3);
    await eventually(() => redis.ping());
  });

  it('fails at once while the server is gone and recovers by itself', async () => {
    await server.kill();
    await eventually(() => expect(statuses.at(-1)).toBe('down'));
    const startedMs = performance.now();
    await expect(addTo.run(redis, { sum: 's' }, { amount: 1 })).rejects.toBeInstanceOf(SessionStoreUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(COMMAND_TIMEOUT_MS);
    await server.start();
    await eventually(() => addTo.run(redis, { sum: 'after' }, { amount: 1 }));
    expect(statuses.at(-1)).toBe('up');
  });
});
