import { parseRedisSettings, type RedisEnvironment } from './settings.js';

const settingsOf = (env: RedisEnvironment) => {
  const { settings, faults } = parseRedisSettings(env);
  expect(faults).toEqual([]);
  return settings;
};

describe('where Redis is', () => {
  it.each<[string, RedisEnvironment]>([
    ['a URL', { REDIS_URL: 'redis://r:7000' }],
    ['host:port', { REDIS_URL: 'r:7000' }],
    ['a URL with spaces around it', { REDIS_URL: ' redis://r:7000\n' }],
    ['REDIS_ADDR', { REDIS_ADDR: 'r:7000' }],
    ['REDIS_HOST and REDIS_PORT', { REDIS_HOST: 'r', REDIS_PORT: '7000' }],
    ['the same place twice', { REDIS_URL: 'redis://R:7000', REDIS_HOST: 'r', REDIS_PORT: '7000' }],
    ['a URL beside empty variables', { REDIS_URL: 'redis://r:7000', REDIS_ADDR: '', REDIS_HOST: '', REDIS_DB: '' }],
    ['a URL beside a port that Kubernetes set', { REDIS_URL: 'r:7000', REDIS_PORT: 'tcp://10.0.0.1:6379' }],
  ])('is read from %s', (_form, env) => {
    expect(settingsOf(env)).toEqual({
      kind: 'standalone',
      host: expect.stringMatching(/^r$/i),
      port: 7000,
      common: { db: 0, tls: false },
    });
  });

  it.each<[string, RedisEnvironment]>([
    ['in a URL', { REDIS_URL: 'redis://[::1]' }],
    ['as a host', { REDIS_HOST: '::1' }],
  ])('may be an IPv6 address %s', (_form, env) => {
    expect(settingsOf(env)).toMatchObject({ host: '::1', port: 6379 });
  });

  it('takes account, password, database and TLS from the URL', () => {
    expect(settingsOf({ REDIS_URL: 'rediss://me:p%40ss@r/3' })?.common).toEqual({
      username: 'me',
      password: 'p@ss',
      db: 3,
      tls: true,
    });
  });

  it('takes password and database from variables, the password to the letter', () => {
    const { common } = settingsOf({ REDIS_HOST: 'r', REDIS_PASSWORD: ' p@ss ', REDIS_DB: '2' })!;
    expect(common).toEqual({ password: ' p@ss ', db: 2, tls: false });
  });

  it('takes the account from a variable of its own, beside a server as beside sentinels', () => {
    const account = { REDIS_USERNAME: 'gatehouse-auth', REDIS_PASSWORD: 'p' };
    const common = { username: 'gatehouse-auth', password: 'p', db: 0, tls: false };
    expect(settingsOf({ ...account, REDIS_HOST: 'r' })?.common).toEqual(common);
    const sentinels = { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_MASTER: 'm' };
    expect(settingsOf({ ...account, ...sentinels })?.common).toEqual(common);
  });

  it('prefers REDIS_URL, then REDIS_ADDR, then REDIS_HOST, where they agree', () => {
    const env = { REDIS_URL: 'redis://:url@r', REDIS_ADDR: ':addr@r', REDIS_HOST: 'r' };
    expect(settingsOf(env)?.common.password).toBe('url');
    expect(settingsOf({ ...env, REDIS_URL: '' })?.common.password).toBe('addr');
  });

  it.each<[string, RedisEnvironment]>([
    ['nothing is named', {}],
    ['only a port is named', { REDIS_PORT: 'tcp://10.0.0.1:6379' }],
    ['it is switched off', { REDIS_ENABLED: 'false', REDIS_URL: 'redis://r' }],
    ['it is switched off by 0', { REDIS_ENABLED: '0', REDIS_URL: 'redis://r' }],
    ['it is switched off by No', { REDIS_ENABLED: 'No', REDIS_URL: 'redis://r' }],
  ])('is nowhere when %s', (_when, env) => {
    expect(parseRedisSettings(env)).toEqual({ faults: [] });
  });
});

describe('sentinels', () => {
  it('have a port and credentials of their own', () => {
    const env = { REDIS_SENTINELS: ':guard@a,, :guard@b:26380', REDIS_SENTINEL_MASTER: 'm', REDIS_PASSWORD: 'p' };
    expect(settingsOf(env)).toEqual({
      kind: 'sentinel',
      masterName: 'm',
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 26380 },
      ],
      sentinelCredentials: { password: 'guard' },
      common: { password: 'p', db: 0, tls: false },
    });
  });

  it('named with rediss:// are spoken to in TLS, and so is the server they name', () => {
    expect(settingsOf({ REDIS_SENTINELS: 'rediss://a', REDIS_SENTINEL_MASTER: 'm' })?.common.tls).toBe(true);
  });
});

describe('cluster nodes', () => {
  it('are read from a list', () => {
    expect(settingsOf({ REDIS_CLUSTER_NODES: 'a:7000, b' })).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
      common: { db: 0, tls: false },
    });
  });

  it('keep the TLS and the account of their addresses', () => {
    const { common } = settingsOf({ REDIS_CLUSTER_NODES: 'rediss://me:p@a,rediss://me:p@b' })!;
    expect(common).toEqual({ username: 'me', password: 'p', db: 0, tls: true });
  });
});

describe('settings that contradict themselves', () => {
  it.each<[string, RedisEnvironment, string]>([
    [
      'two servers',
      { REDIS_URL: 'redis://:hunter2@one', REDIS_ADDR: 'two:6379' },
      'REDIS_URL and REDIS_ADDR name different servers; keep one of them',
    ],
    [
      'one server on two ports',
      { REDIS_ADDR: 'r:1', REDIS_HOST: 'r', REDIS_PORT: '2' },
      'REDIS_ADDR and REDIS_HOST/REDIS_PORT name different servers; keep one of them',
    ],
    [
      'a cluster and a server',
      { REDIS_CLUSTER_NODES: 'a', REDIS_URL: 'redis://:hunter2@one' },
      'REDIS_CLUSTER_NODES and REDIS_URL name different servers; keep one of them',
    ],
    [
      'a cluster and sentinels',
      { REDIS_CLUSTER_NODES: 'a', REDIS_SENTINELS: 'b', REDIS_SENTINEL_MASTER: 'm' },
      'REDIS_CLUSTER_NODES and REDIS_SENTINELS name different servers; keep one of them',
    ],
    [
      'two passwords',
      { REDIS_URL: 'redis://:hunter2@r', REDIS_PASSWORD: 'hunter3' },
      'REDIS_PASSWORD and REDIS_URL give different passwords; keep one of them',
    ],
    [
      'two accounts',
      { REDIS_URL: 'redis://secret@r', REDIS_USERNAME: 'other' },
      'REDIS_USERNAME and REDIS_URL name different accounts; keep one of them',
    ],
    [
      'two databases',
      { REDIS_URL: 'redis://r/1', REDIS_DB: '2' },
      'REDIS_DB and REDIS_URL give different databases; keep one of them',
    ],
    [
      'a database of a cluster',
      { REDIS_CLUSTER_NODES: 'a', REDIS_DB: '2' },
      'REDIS_DB must be 0 or absent: a cluster has no other database',
    ],
    [
      'half of a cluster in TLS',
      { REDIS_CLUSTER_NODES: 'rediss://a,redis://b' },
      'REDIS_CLUSTER_NODES mixes redis:// and rediss://',
    ],
    [
      'nodes with different passwords',
      { REDIS_CLUSTER_NODES: ':hunter2@a,:hunter3@b' },
      'REDIS_CLUSTER_NODES gives its servers different credentials',
    ],
  ])('are refused: %s', (_what, env, fault) => {
    expect(parseRedisSettings(env)).toEqual({ faults: [fault] });
  });
});

describe('settings that cannot be read', () => {
  it.each<[string, RedisEnvironment, string]>([
    ['another scheme', { REDIS_URL: 'https://secret-place' }, 'REDIS_URL must start with'],
    ['no host', { REDIS_URL: 'redis://' }, 'REDIS_URL names no host'],
    ['nonsense', { REDIS_URL: 'redis://[secret' }, 'REDIS_URL is neither'],
    ['a password that is not URL-encoded', { REDIS_URL: 'redis://:%secret@r' }, 'REDIS_URL is neither'],
    ['two servers in one URL', { REDIS_URL: 'secret:1,b:2' }, 'REDIS_URL is neither'],
    ['port 0', { REDIS_URL: 'secret:0' }, 'REDIS_URL must name a port'],
    ['options', { REDIS_URL: 'redis://secret/0?tls=true' }, 'REDIS_URL must end after'],
    ['a database that is no number', { REDIS_URL: 'redis://r', REDIS_DB: 'secret' }, 'REDIS_DB must be a database'],
    ['a path that is no number', { REDIS_URL: 'redis://r/secret' }, 'the path of REDIS_URL must be a database'],
    ['a host that is more than a host', { REDIS_HOST: 'redis://:secret@r' }, 'REDIS_HOST must be a host name'],
    ['a port that is none', { REDIS_HOST: 'r', REDIS_PORT: 'tcp://secret:1' }, 'REDIS_PORT must be a port'],
    ['a port too high', { REDIS_HOST: 'r', REDIS_PORT: '65536' }, 'REDIS_PORT must be a port'],
    ['a switch that is neither', { REDIS_ENABLED: 'secret', REDIS_URL: 'r' }, 'REDIS_ENABLED must be true or false'],
    ['sentinels without a master', { REDIS_SENTINELS: 'secret' }, 'REDIS_SENTINEL_MASTER is needed'],
    ['a list of nothing', { REDIS_CLUSTER_NODES: ' , ' }, 'REDIS_CLUSTER_NODES names no server'],
    ['a node with a database', { REDIS_CLUSTER_NODES: 'secret/1' }, 'REDIS_CLUSTER_NODES takes no database number'],
  ])('give one fault that names the variable and no value: %s', (_what, env, beginning) => {
    const { settings, faults } = parseRedisSettings(env);
    expect(settings).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining(beginning)]);
    expect(faults.join()).not.toMatch(/secret|hunter/);
  });
});
