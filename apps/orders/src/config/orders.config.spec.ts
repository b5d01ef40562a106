import { ConfigError, loadConfig } from '@gatehouse/config';
import { databaseOf, ordersConfig, validatorConfigOf } from './orders.config.js';

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(ordersConfig, env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

describe('the configuration of the orders service', () => {
  it('needs two variables and nothing else', () => {
    const settings = loadConfig(ordersConfig, { REDIS_URL: 'redis://r:6379', AUTH_TRUST_ANCHOR: 'MFkw' });
    expect(validatorConfigOf(settings)).toMatchObject({ redisUrl: 'redis://r:6379', trustAnchor: 'MFkw' });
    expect(settings.PORT).toBe(8081);
    expect(databaseOf(settings).settings).toEqual({ dialect: 'sqlite', path: '.data/orders.sqlite' });
  });

  it('finds Redis behind Sentinels or on a cluster, and says what is wrong with a list of them', () => {
    const found = (env: Record<string, string>) =>
      validatorConfigOf(loadConfig(ordersConfig, { ...env, AUTH_TRUST_ANCHOR: 'MFkw' })).redis;
    const sentinels = { REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_MASTER: 'm', REDIS_USERNAME: 'orders' };
    expect(found(sentinels)).toMatchObject({ sentinels: [{ host: 'a', port: 1 }], name: 'm', username: 'orders' });
    expect(found({ REDIS_CLUSTER_NODES: 'a,b' })).toMatchObject({ cluster: [{ host: 'a' }, { host: 'b' }] });
    expect(faultsOf({ REDIS_SENTINELS: 'a:1', AUTH_TRUST_ANCHOR: 'MFkw' })).toEqual([
      'REDIS_SENTINEL_MASTER: is needed beside REDIS_SENTINELS',
    ]);
  });

  it('says at once all that is missing', () => {
    expect(faultsOf({})).toEqual([
      'AUTH_TRUST_ANCHOR is missing: the public root key of the auth service (or JWKS_URI, or JWT_SECRET)',
      'REDIS_URL is missing: the Redis of the auth service (or AUTH_URL, where there is none)',
    ]);
  });

  it('tells no value of what it refuses', () => {
    const faults = faultsOf({
      PORT: 'hunter2',
      DATABASE_URL: 'hunter2',
      AUTH_URL: 'hunter2',
      TRUSTED_PROXIES: 'hunter2',
    });
    expect(faults.length).toBeGreaterThanOrEqual(3);
    expect(faults.join()).not.toContain('hunter2');
  });
});
