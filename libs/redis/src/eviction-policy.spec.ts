import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { connectRedis, type RedisConnection } from './connect.js';
import { checkEvictionPolicy } from './eviction-policy.js';
import { parseRedisSettings } from './settings.js';

describe('the eviction policy of Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(parseRedisSettings({ REDIS_URL: server.url }).settings!, { name: 'eviction-spec' });
    await eventually(() => redis.ping());
  });
  afterAll(async () => {
    redis.disconnect();
    await server.kill();
  });

  it('is safe when nothing is ever evicted', async () => {
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'safe' });
  });

  it.each(['allkeys-lru', 'allkeys-random', 'volatile-ttl', 'volatile-lru'])('is unsafe as %s', async (policy) => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', policy);
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'unsafe', policy });
  });

  it('is unknown where the account may not ask, and where Redis is away', async () => {
    await server.command('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-config');
    const env = { REDIS_URL: `redis://limited:pw@127.0.0.1:${server.port}` };
    const limited = connectRedis(parseRedisSettings(env).settings!, { name: 'eviction-spec' });
    await eventually(() => limited.ping());
    expect(await checkEvictionPolicy(limited)).toEqual({ kind: 'unknown' });
    limited.disconnect();
    await server.kill();
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'unknown' });
  });
});
