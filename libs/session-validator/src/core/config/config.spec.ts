import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessionValidator } from '../../create-session-validator.js';
import { createTestIssuer, MemoryFeed } from '../../testing/index.js';
import { checkConfig } from './check-config.js';
import { configFromEnvironment } from './config-from-environment.js';
import { InvalidConfiguration, type RedisConnection, type SessionValidatorConfig } from './config.js';
import { connectionOf, redisAddress } from './redis-address.js';
import { readTrustAnchors } from '../keys/key-documents.js';

const issuer = createTestIssuer();
const redisUrl = 'redis://127.0.0.1:6379';
const sound: SessionValidatorConfig = { redisUrl, trustAnchor: issuer.trustAnchor };
const named = { issuer: 'https://auth.test', audience: 'orders' };
const secret = 'drawn at random, thirty-two bytes or more';

function faultsOf(config: SessionValidatorConfig): readonly string[] {
  try {
    checkConfig(config);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.faults;
    throw error;
  }
}

describe('a configuration that can work', () => {
  const jwks = issuer.jwks();
  const sources: [string, SessionValidatorConfig][] = [
    ['Redis and a trust anchor', sound],
    ['a bare host and port', { ...sound, redisUrl: 'redis.internal:6379' }],
    ['Redis options', { redis: { sentinels: [{ host: 'a', port: 1 }], name: 'm' }, trustAnchor: issuer.trustAnchor }],
    ['the auth service alone', { authUrl: 'https://auth.test/base', trustAnchor: issuer.trustAnchor }],
    ['a JWK Set', { redisUrl, jwks, ...named }],
    ['a JWK Set address', { redisUrl, jwksUri: 'https://auth.test/jwks', ...named }],
    ['a shared secret', { redisUrl, jwtSecret: secret, ...named }],
    ['no revocation, on purpose', { feed: 'none', jwks, ...named }],
    [
      'cookies of two pages',
      { ...sound, accessCookie: { name: '__Host-a', allowedOrigins: ['https://a.test', 'http://localhost:3000'] } },
    ],
    ['everything else said', { ...sound, clockToleranceSeconds: 60, maxTokenSeconds: 60, freshness: 'closed' }],
  ];
  it.each(sources)('%s', (_what, config) => {
    expect(faultsOf(config)).toEqual([]);
  });
});

describe('a configuration that cannot work is refused by name', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey.export({
    format: 'jwk',
  });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' });
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rows: [string, SessionValidatorConfig, RegExp][] = [
    ['nothing at all', {}, /AUTH_TRUST_ANCHOR.*missing/],
    ['no source of revocations', { ...named, jwks: issuer.jwks() }, /REDIS_URL.*feed: 'none'/],
    ['two sources of keys', { ...sound, jwtSecret: secret }, /trustAnchor, jwtSecret: give one/],
    ['two Redis', { ...sound, redis: {} }, /redisUrl, redis: give one/],
    [
      'a Redis and its Sentinels',
      { ...sound, redisUrl: undefined, redis: { host: 'a', cluster: [] } },
      /redis: give one/,
    ],
    ['no Sentinel', { ...sound, redisUrl: undefined, redis: { sentinels: [], name: 'm' } }, /redis: names no server/],
    [
      'Sentinels of nobody',
      { ...sound, redisUrl: undefined, redis: { sentinels: [{ host: 'a', port: 1 }] } },
      /redis: sentinels need the name/,
    ],
    [
      'a database of a cluster',
      { ...sound, redisUrl: undefined, redis: { cluster: [{ host: 'a', port: 1 }], db: 1 } },
      /redis: a cluster has no database/,
    ],
    ['a Redis password that cannot be read', { ...sound, redisUrl: 'redis://:hunter%zz@h' }, /REDIS_URL.*no Redis/],
    ['a Redis address that is none', { ...sound, redisUrl: 'http://x' }, /REDIS_URL.*no Redis address/],
    ['an auth address that is none', { ...sound, authUrl: 'auth:8080' }, /AUTH_URL.*no http/],
    ['a trust anchor that is none', { ...sound, trustAnchor: 'hello' }, /AUTH_TRUST_ANCHOR.*no public key/],
    ['a trust anchor on another curve', { ...sound, trustAnchor: String(p384) }, /AUTH_TRUST_ANCHOR.*P-256/],
    [
      'the private half as trust anchor',
      { ...sound, trustAnchor: String(root.privateKey.export({ type: 'pkcs8', format: 'pem' })) },
      /AUTH_TRUST_ANCHOR.*private/,
    ],
    ['a bundle of somebody else', { ...sound, keyBundle: createTestIssuer().keyBundle() }, /keyBundle.*signature/],
    [
      'a private JWK as trust anchor',
      { ...sound, trustAnchor: JSON.stringify(root.privateKey.export({ format: 'jwk' })) },
      /AUTH_TRUST_ANCHOR.*private/,
    ],
    ['a Redis database that is no number', { ...sound, redisUrl: 'redis://h:1/sessions' }, /REDIS_URL.*no Redis/],
    ['no issuer', { redisUrl, jwks: issuer.jwks(), audience: 'x' }, /AUTH_ISSUER/],
    ['no audience', { redisUrl, jwks: issuer.jwks(), issuer: 'x' }, /AUTH_AUDIENCE/],
    ['an empty JWK Set', { redisUrl, jwks: { keys: [] }, ...named }, /jwks.*no usable key/],
    ['a JWK Set of a weak RSA key (J2)', { redisUrl, jwks: { keys: [{ ...weak, kid: 'a' }] }, ...named }, /no usable/],
    ['a JWK Set of an odd RSA key (J2)', { redisUrl, jwks: { keys: [{ ...odd, kid: 'a' }] }, ...named }, /no usable/],
    ['a JWK Set address that is none', { redisUrl, jwksUri: 'file:///x', ...named }, /JWKS_URI/],
    ['a short secret (J2)', { redisUrl, jwtSecret: 'x'.repeat(31), ...named }, /JWT_SECRET.*32 bytes/],
    ['a secret that repeats itself', { redisUrl, jwtSecret: 'changeme'.repeat(8), ...named }, /JWT_SECRET.*repeats/],
    ['a secret of one letter', { redisUrl, jwtSecret: 'x'.repeat(64), ...named }, /JWT_SECRET.*repeats/],
    ['a public key as secret', { redisUrl, jwtSecret: ` ${issuer.trustAnchor}`, ...named }, /JWT_SECRET.*a key/],
    ['too much tolerance', { ...sound, clockToleranceSeconds: 61 }, /CLOCK_TOLERANCE_SECONDS.*60/],
    ['a tolerance that is no number', { ...sound, clockToleranceSeconds: Number.NaN }, /CLOCK_TOLERANCE_SECONDS/],
    ['a negative tolerance', { ...sound, clockToleranceSeconds: -1 }, /CLOCK_TOLERANCE_SECONDS/],
    ['no life for tokens', { ...sound, maxTokenSeconds: 0 }, /maxTokenSeconds/],
    ['a freshness of nothing', { ...sound, freshness: { boundedSeconds: 0 } }, /freshness/],
    ...['', '__Host-', 'a b', 'a=b', 'a;b', 'ä', undefined as never].map((name): (typeof rows)[number] => [
      `a cookie named ${name}`,
      { ...sound, accessCookie: { name, allowedOrigins: ['https://a.test'] } },
      /ACCESS_COOKIE.*no name/,
    ]),
    ...[[], undefined as never].map((allowedOrigins): (typeof rows)[number] => [
      'a cookie for no page',
      { ...sound, accessCookie: { name: '__Host-a', allowedOrigins } },
      /COOKIE_ORIGINS.*names no page/,
    ]),
    ...[
      '*',
      'null',
      'a.test',
      'https://a.test/',
      'https://a.test:443',
      'https://A.test',
      'https://*.a.test',
      'file:',
    ].map((origin): (typeof rows)[number] => [
      `a cookie for pages of ${origin}`,
      { ...sound, accessCookie: { name: '__Host-a', allowedOrigins: ['https://a.test', origin] } },
      /COOKIE_ORIGINS.*not all like/,
    ]),
    [
      'a freshness that cannot be kept',
      { feed: 'none', ...named, jwks: issuer.jwks(), freshness: 'closed' },
      /freshness/,
    ],
  ];
  it.each(rows)('%s', (_what, config, fault) => {
    expect(faultsOf(config).join('\n')).toMatch(fault);
    expect(() => createSessionValidator(config)).toThrow(InvalidConfiguration);
  });

  it('all faults at once, and no value in any of them', () => {
    const config = {
      redisUrl: 'http://user:hunter2@x',
      jwtSecret: 'hunter2-too-short',
      clockToleranceSeconds: 99,
      feedToken: 'hunter2',
    };
    const faults = faultsOf(config);
    expect(faults).toHaveLength(5);
    expect(new InvalidConfiguration(faults).message).not.toContain('hunter2');
  });
});

describe('the trust anchor', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  it.each([
    ['PEM', pem],
    ['PEM on one line, as some platforms store it', pem.replaceAll('\n', '\\n')],
    ['PEM with space around', `\n ${pem} `],
    ['JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ['base64 of its DER', der.toString('base64')],
    ['base64url of its DER', der.toString('base64url')],
  ])('may be %s', (_what, text) => {
    expect(readTrustAnchors(text).map(({ algorithm }) => algorithm)).toEqual(['ES256']);
  });

  it('is refused off its curve', () => {
    const { x } = publicKey.export({ format: 'jwk' });
    expect(() => readTrustAnchors(JSON.stringify({ kty: 'EC', crv: 'P-256', x, y: x }))).toThrow('no public key');
  });
});

describe('the configuration from the environment', () => {
  const anchor = { AUTH_TRUST_ANCHOR: issuer.trustAnchor };
  it('needs two variables', () => {
    const config = configFromEnvironment({ REDIS_URL: redisUrl, ...anchor });
    expect(faultsOf(config)).toEqual([]);
    expect(config).toMatchObject({ redisUrl, trustAnchor: issuer.trustAnchor.trim() });
  });

  it.each([
    [{ REDIS_URL: 'redis.internal:6380' }, 'redis://redis.internal:6380'],
    [{ REDIS_ADDR: 'redis.internal:6379' }, 'redis://redis.internal:6379'],
    [{ REDIS_HOST: 'h' }, 'redis://h:6379'],
    [{ REDIS_HOST: 'h', REDIS_PORT: '6380', REDIS_DB: '3' }, 'redis://h:6380/3'],
    [{ REDIS_ADDR: 'h:1', REDIS_PASSWORD: 'p@ss/w%rd' }, 'redis://:p%40ss%2Fw%25rd@h:1'],
    [{ REDIS_ADDR: 'h:1', REDIS_USERNAME: 'v', REDIS_PASSWORD: 'p' }, 'redis://v:p@h:1'],
    [{ REDIS_URL: 'rediss://:own@h:1/2', REDIS_PASSWORD: 'other', REDIS_DB: '9' }, 'rediss://:own@h:1/2'],
    [{ REDIS_URL: '  ', REDIS_ADDR: '' }, undefined],
    [{ REDIS_URL: redisUrl, REDIS_ENABLED: 'false' }, undefined],
    [{ REDIS_URL: 'redis://h:1', REDIS_ADDR: 'ignored:2' }, 'redis://h:1'],
  ])('%p is %p', (environment, url) => {
    expect(configFromEnvironment(environment).redisUrl).toBe(url);
  });

  const sentinels = { REDIS_SENTINELS: 'a:1, b', REDIS_SENTINEL_MASTER: 'm' };
  it.each<[Record<string, string>, RedisConnection]>([
    [
      sentinels,
      {
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        name: 'm',
        db: 0,
      },
    ],
    [
      { ...sentinels, REDIS_SENTINELS: 'rediss://u:s@a', REDIS_USERNAME: 'v', REDIS_PASSWORD: 'p', REDIS_DB: '2' },
      {
        sentinels: [{ host: 'a', port: 26379 }],
        name: 'm',
        sentinelUsername: 'u',
        sentinelPassword: 's',
        username: 'v',
        password: 'p',
        db: 2,
        tls: {},
      },
    ],
    [
      { REDIS_CLUSTER_NODES: 'a,[::1]:7,', REDIS_PASSWORD: 'p', REDIS_URL: 'redis://ignored' },
      {
        cluster: [
          { host: 'a', port: 6379 },
          { host: '::1', port: 7 },
        ],
        password: 'p',
      },
    ],
    [
      { REDIS_CLUSTER_NODES: 'rediss://v:p%40@a,rediss://v:p%40@b' },
      {
        cluster: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 6379 },
        ],
        username: 'v',
        password: 'p@',
        tls: {},
      },
    ],
  ])('%p names several servers', (environment, redis) => {
    const config = configFromEnvironment({ ...environment, ...anchor });
    expect(config.redis).toEqual(redis);
    expect(config.redisUrl).toBeUndefined();
    expect(faultsOf(config)).toEqual([]);
  });

  it.each([
    [{ REDIS_SENTINELS: 'a:1' }, /REDIS_SENTINEL_MASTER: is needed/],
    [{ ...sentinels, REDIS_DB: 'x' }, /REDIS_DB: is no database number/],
    [{ ...sentinels, REDIS_CLUSTER_NODES: 'a' }, /REDIS_CLUSTER_NODES, REDIS_SENTINELS.*one of them/],
    [{ REDIS_CLUSTER_NODES: 'http://hunter2@a' }, /REDIS_CLUSTER_NODES: is no list/],
    [{ REDIS_CLUSTER_NODES: 'redis://:hunter%zz@a' }, /REDIS_CLUSTER_NODES: is no list/],
    [{ REDIS_CLUSTER_NODES: ' , ' }, /REDIS_CLUSTER_NODES: is no list/],
    [{ REDIS_CLUSTER_NODES: 'redis://:hunter2@a,b' }, /REDIS_CLUSTER_NODES.*different credentials/],
    [{ REDIS_CLUSTER_NODES: 'a,rediss://b' }, /REDIS_CLUSTER_NODES.*TLS/],
    [{ REDIS_CLUSTER_NODES: 'a', REDIS_DB: '1' }, /REDIS_DB: a cluster/],
  ])('%p cannot be used, and is refused without its values', (environment, fault) => {
    expect(() => configFromEnvironment(environment)).toThrow(fault);
    expect(() => configFromEnvironment(environment)).not.toThrow(/hunter/);
  });

  it('reads everything else by its name', () => {
    expect(
      configFromEnvironment({
        AUTH_URL: 'http://auth:8080',
        REVOCATION_STREAM_TOKEN: 't',
        JWKS_URI: 'http://auth:8080/jwks',
        JWT_SECRET: secret,
        AUTH_ISSUER: 'i',
        AUTH_AUDIENCE: 'a',
        CLOCK_TOLERANCE_SECONDS: '5',
      }),
    ).toEqual({
      redisUrl: undefined,
      authUrl: 'http://auth:8080',
      feedToken: 't',
      trustAnchor: undefined,
      jwksUri: 'http://auth:8080/jwks',
      jwtSecret: secret,
      issuer: 'i',
      audience: 'a',
      clockToleranceSeconds: 5,
    });
  });

  it('reads the cookie, and the pages that may use it', () => {
    const cookie = { ACCESS_COOKIE: '__Host-sid_at', COOKIE_ORIGINS: 'https://a.test, https://b.test,' };
    expect(configFromEnvironment({ REDIS_URL: redisUrl, ...anchor, ...cookie }).accessCookie).toEqual({
      name: '__Host-sid_at',
      allowedOrigins: ['https://a.test', 'https://b.test'],
    });
    expect(configFromEnvironment({ COOKIE_ORIGINS: 'https://a.test' }).accessCookie).toBeUndefined();
    const forNobody = configFromEnvironment({ REDIS_URL: redisUrl, ...anchor, ACCESS_COOKIE: 'a' });
    expect(faultsOf(forNobody)).toEqual([expect.stringContaining('COOKIE_ORIGINS')]);
  });

  it('reads secrets from files, and names a file it cannot read', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'session-validator-')), 'secret');
    writeFileSync(path, `${secret}\n`);
    expect(configFromEnvironment({ JWT_SECRET_FILE: path }).jwtSecret).toBe(secret);
    expect(() => configFromEnvironment({ JWT_SECRET_FILE: `${path}-not` })).toThrow(/JWT_SECRET_FILE/);
  });

  it('names what is wrong with it when a validator is made of it', () => {
    const config = configFromEnvironment({ REDIS_URL: redisUrl, ...anchor, CLOCK_TOLERANCE_SECONDS: 'a minute' });
    expect(faultsOf(config)).toEqual([expect.stringContaining('CLOCK_TOLERANCE_SECONDS')]);
  });
});

describe('a Redis address', () => {
  it.each<[string, RedisConnection]>([
    ['h', { host: 'h', port: 6379 }],
    ['redis://v:p%40ss@[::1]:7/3', { host: '::1', port: 7, username: 'v', password: 'p@ss', db: 3 }],
    ['rediss://redis.internal', { host: 'redis.internal', port: 6379, tls: { servername: 'redis.internal' } }],
    ['rediss://10.0.0.1', { host: '10.0.0.1', port: 6379, tls: {} }],
  ])('%s', (text, connection) => {
    const url = redisAddress(text);
    expect(url && connectionOf(url)).toEqual(connection);
  });
});

describe('what an operator is told', () => {
  it.each([
    ['a shared secret', { jwtSecret: secret, ...named }, 'HS256'],
    ['no revocation', { feed: 'none', jwks: issuer.jwks(), ...named }, 'Revocation is off'],
    [
      'a cookie that anybody can plant',
      { jwks: issuer.jwks(), ...named, accessCookie: { name: 'sid', allowedOrigins: ['http://localhost:3000'] } },
      'no __Host-',
    ],
    [
      'a page that anybody can write',
      { jwks: issuer.jwks(), ...named, accessCookie: { name: '__Host-sid', allowedOrigins: ['http://a.test'] } },
      'plain http',
    ],
  ] as const)('%s is worth a warning without the value', async (_what, config, text) => {
    const warnings: string[] = [];
    const feed = new MemoryFeed();
    const validator = createSessionValidator({ feed, ...config, warn: (message) => warnings.push(message) });
    await Promise.all([validator.close(), feed.close()]);
    expect(warnings).toEqual([expect.stringContaining(text)]);
    expect(warnings.join()).not.toContain(secret);
  });
});
