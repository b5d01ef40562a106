import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { testFolder } from '@gatehouse/testing';
import { authConfig } from './auth.config.js';
import { generateSecrets } from './embedded-secrets.js';

const secrets = generateSecrets();
const JWT_SECRET = 'pY7#kQ2!vN9@wE4$rT6%uI1^oP3&aS5*';
const shared = {
  DATABASE_URL: 'mysql://auth:q8Zt0xY5@db.internal:3306/auth',
  REDIS_URL: 'redis://cache.internal:6379',
  KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
  ROOT_SIGNING_KEY: secrets.rootSigningKey,
};
const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.test', ...shared };

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(authConfig, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the configuration of the auth service', () => {
  it('needs nothing on a developer’s machine', () => {
    expect(loadConfig(authConfig, {})).toMatchObject({
      PORT: 8080,
      AUTH_AUDIENCE: 'gatehouse',
      DATA_DIR: '.data',
      ACCESS_TOKEN_EXPIRY: 900,
      REFRESH_TOKEN_EXPIRY: 604_800,
      SESSION_TTL: 86_400,
      MAX_SESSIONS_PER_USER: 5,
      REFRESH_GRACE_SECONDS: 10,
      PASSWORD_MIN_LENGTH: 8,
      TOKEN_ALGORITHM: 'ES256',
      RATE_LIMIT_ENABLED: true,
      RATE_LIMIT_SIGNIN_PER_MINUTE: 10,
      READY_REQUIRES_REDIS: false,
    });
  });

  it('is complete for production with stores, keys and an address', () => {
    expect(faultsOf(production)).toEqual([]);
  });

  it.each([
    [
      'stores',
      { REDIS_URL: undefined, DATABASE_URL: undefined },
      /^REDIS_URL and a MySQL DATABASE_URL are needed in production/,
    ],
    ['the key that seals keys', { KEY_ENCRYPTION_KEY: undefined }, /^KEY_ENCRYPTION_KEY is needed/],
    ['the root key', { ROOT_SIGNING_KEY: undefined }, /^ROOT_SIGNING_KEY is needed/],
    ['an address', { PUBLIC_URL: undefined }, /^PUBLIC_URL is needed in production/],
    ['the database beside Redis', { DATABASE_URL: undefined }, /^a MySQL DATABASE_URL is needed beside Redis/],
    ['Redis beside the database', { REDIS_URL: undefined }, /^REDIS_URL is needed beside a MySQL DATABASE_URL/],
  ])('makes nothing up in production: %s', (_what, without, fault) => {
    expect(faultsOf({ ...production, ...without })).toEqual([expect.stringMatching(fault)]);
  });

  it('makes no keys up either where instances share a database', () => {
    const faults = faultsOf({ ...shared, KEY_ENCRYPTION_KEY: undefined, ROOT_SIGNING_KEY: undefined });
    expect(faults).toHaveLength(2);
  });

  it('lets one instance run embedded in production, if told so and given its keys', () => {
    const one = { ...production, REDIS_URL: undefined, DATABASE_URL: undefined, ALLOW_EMBEDDED: 'true' };
    expect(faultsOf(one)).toEqual([]);
  });

  it('takes secrets from files as well', () => {
    const file = join(testFolder('auth-config'), 'database-url');
    writeFileSync(file, `${shared.DATABASE_URL}\n`);
    expect(faultsOf({ ...production, DATABASE_URL: undefined, DATABASE_URL_FILE: file })).toEqual([]);
  });

  it.each([
    ['one file for several instances', { DATABASE_URL: 'sqlite:/data/auth.sqlite' }],
    ['a database that is no MySQL', { DATABASE_URL: 'postgres://auth:x@db.internal/auth' }],
    ['two places for Redis', { REDIS_ADDR: 'other.internal:6379' }],
  ])('refuses %s', (_what, wrong) => {
    expect(faultsOf({ ...production, ...wrong })).toHaveLength(1);
  });

  it('needs a shared secret, and no root key, in the HS256 mode', () => {
    const hs = { ...production, TOKEN_ALGORITHM: 'HS256', ROOT_SIGNING_KEY: undefined };
    expect(faultsOf(hs)).toEqual([expect.stringMatching(/^JWT_SECRET is needed/)]);
    expect(faultsOf({ ...hs, JWT_SECRET })).toEqual([]);
  });

  it.each([
    ['too short', { KEY_ENCRYPTION_KEY: 'c2hvcnQ=' }],
    ['not 32 bytes', { KEY_ENCRYPTION_KEY: Buffer.from(JWT_SECRET + 'x').toString('base64') }],
    ['not a key', { ROOT_SIGNING_KEY: Buffer.from(JWT_SECRET.repeat(4)).toString('base64') }],
    ['a short shared secret', { JWT_SECRET: 'aB3$eF6&' }],
    ['one secret for two purposes', { JWT_SECRET: secrets.keyEncryptionKey }],
  ])('refuses %s without quoting it', (_what, weak) => {
    const faults = faultsOf({ ...production, ...weak });
    expect(faults).toHaveLength(1);
    for (const value of Object.values(weak)) expect(faults.join()).not.toContain(value);
  });

  it('refuses access tokens that outlive their session', () => {
    expect(faultsOf({ ACCESS_TOKEN_EXPIRY: '2h', REFRESH_TOKEN_EXPIRY: '1h' })).toHaveLength(1);
  });

  it('shows no secret when it is printed', () => {
    const text = JSON.stringify(loadConfig(authConfig, { ...production, JWT_SECRET }));
    for (const secret of [secrets.keyEncryptionKey, JWT_SECRET, 'q8Zt0xY5', 'PRIVATE KEY'])
      expect(text).not.toContain(secret);
  });

  it('describes every variable', () => {
    for (const [name, field] of Object.entries(authConfig.fields)) {
      expect(`${name}: ${field.description}`).toMatch(/: .{10,}/);
    }
  });
});
