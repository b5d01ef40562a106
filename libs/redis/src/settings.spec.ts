import { parseRedisSettings, type RedisEnvironment } from './settings.js';

const standalone = (env: RedisEnvironment) => {
  const { settings, faults } = parseRedisSettings(env);
  expect(faults).toEqual([]);
  if (settings?.kind !== 'standalone') throw new Error('expected a standalone server');
  return settings;
};

describe('where Redis is', () => {
  it.each<[string, RedisEnvironment]>([
    ['a URL', { REDIS_URL: 'redis://r:7000' }],
    ['host:port', { REDIS_URL: 'r:7000' }],
    ['REDIS_ADDR', { REDIS_ADDR: 'r:7000' }],
    ['REDIS_HOST and REDIS_PORT', { REDIS_HOST: 'r', REDIS_PORT: '7000' }],
    ['the same place twice', { REDIS_URL: 'redis://r:7000', REDIS_HOST: 'r', REDIS_PORT: '7000' }],
  ])('is read from %s', (_form, env) => {
    expect(standalone(env)).toMatchObject({ host: 'r', port: 7000 });
  });

  it('takes account, password and database from the URL before the variables', () => {
    const { common } = standalone({ REDIS_URL: 'rediss://me:p%40ss@r/3', REDIS_PASSWORD: 'other', REDIS_DB: '1' });
    expect(common).toEqual({ username: 'me', password: 'p@ss', db: 3, tls: true });
  });

  it('has the customary defaults', () => {
    expect(standalone({ REDIS_HOST: 'r' })).toEqual({
      kind: 'standalone',
      host: 'r',
      port: 6379,
      common: { db: 0, tls: false },
    });
  });

  it('is nowhere when nothing is named, or it is switched off', () => {
    expect(parseRedisSettings({})).toEqual({ faults: [] });
    expect(parseRedisSettings({ REDIS_ENABLED: 'false', REDIS_URL: 'redis://r' })).toEqual({ faults: [] });
  });

  it('reads sentinels and cluster nodes', () => {
    expect(parseRedisSettings({ REDIS_SENTINELS: 'a, b:26380', REDIS_SENTINEL_MASTER: 'm' }).settings).toMatchObject({
      kind: 'sentinel',
      masterName: 'm',
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 26380 },
      ],
    });
    expect(parseRedisSettings({ REDIS_CLUSTER_NODES: 'a:7000,b' }).settings).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    });
  });

  it('is refused, without a word of what was given, when two variables differ', () => {
    const { faults } = parseRedisSettings({ REDIS_URL: 'redis://:hunter2@one', REDIS_ADDR: 'two:6379' });
    expect(faults).toEqual(['REDIS_URL and REDIS_ADDR name different servers; keep one of them']);
  });

  it.each<[string, RedisEnvironment]>([
    ['another scheme', { REDIS_URL: 'https://secret-place' }],
    ['no host', { REDIS_URL: 'redis://' }],
    ['nonsense', { REDIS_URL: 'redis://[secret' }],
    ['a database that is no number', { REDIS_URL: 'redis://r', REDIS_DB: 'secret' }],
    ['sentinels without a master', { REDIS_SENTINELS: 'a' }],
  ])('names the fault but no value: %s', (_what, env) => {
    const { faults } = parseRedisSettings(env);
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toContain('secret');
  });
});
