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

  async function asUser(...rights: string[]) {
    await server.command('ACL', 'SETUSER', 'limited', 'reset', 'on', '>pw', '~*', ...rights);
    const env = { REDIS_URL: `redis://limited:pw@127.0.0.1:${server.port}` };
    const limited = connectRedis(parseRedisSettings(env).settings!, { name: 'eviction-spec' });
    await eventually(() => limited.ping());
    const verdict = await checkEvictionPolicy(limited);
    limited.disconnect();
    return verdict;
  }

  it('is told to an account that may not read the configuration, in which there are passwords', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(await asUser('+@all', '-config')).toEqual({ kind: 'safe' });
  });

  it('is unknown where the account may not ask, and where Redis is away', async () => {
    // The driver says on the console that it could not ask how the server is.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(await asUser('+@all', '-info')).toEqual({ kind: 'unknown' });
    jest.restoreAllMocks();
    await server.kill();
    expect(await checkEvictionPolicy(redis)).toEqual({ kind: 'unknown' });
  });
});
