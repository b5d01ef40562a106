import { randomHex } from '@gatehouse/kernel';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { eventually, freshMysqlDatabaseUrl, type RedisServer, startRedis, testFolder } from '@gatehouse/testing';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { RootKey } from './bundle/root-key.js';

const [old, fresh] = [generateSecrets(), generateSecrets()];
const [oldAnchor, newAnchor] = [old, fresh].map(({ rootSigningKey }) => RootKey.parse(rootSigningKey).trustAnchor);

let redis: RedisServer;
let shared: Record<string, string>;
const validators: SessionValidator[] = [];
const services: RunningAuth[] = [];

beforeAll(async () => {
  redis = await startRedis();
  shared = {
    REDIS_URL: redis.url,
    DATABASE_URL: await freshMysqlDatabaseUrl(),
    KEY_ENCRYPTION_KEY: old.keyEncryptionKey,
    DATA_DIR: testFolder('auth-root-change'),
  };
}, 60_000);
afterAll(async () => {
  await Promise.all([...validators, ...services].map((one) => one.close()));
  await redis.kill();
});

async function anAuth(root: typeof old, otherAnchor: string): Promise<RunningAuth> {
  const auth = await startAuth({ ...shared, ROOT_SIGNING_KEY: root.rootSigningKey, ROOT_TRUST_ANCHORS: otherAnchor });
  services.push(auth);
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
  return auth;
}

async function aService(...anchors: (string | undefined)[]): Promise<SessionValidator> {
  const validator = createSessionValidator({
    redisUrl: redis.url,
    trustAnchor: anchors.join(','),
    receipts: false,
    warn: () => undefined,
  });
  validators.push(validator);
  await eventually(() => expect(validator.health().ready).toBe(true), { timeoutMs: 5_000 });
  return validator;
}

async function aToken(auth: RunningAuth): Promise<string> {
  const body = { email: `${randomHex(6)}@example.test`, password: 'correct horse battery' };
  await auth.ask('POST', '/api/v1/auth/signup', { body });
  return (await auth.ask('POST', '/api/v1/auth/signin', { body })).body.data.access_token as string;
}

const bundle = async () => String(await redis.command('GET', 'rev:key-bundle'));

it('the root key is changed while services go on, and neither kind of instance outbids the other', async () => {
  const before = await anAuth(old, newAnchor!);
  const bundleBefore = await bundle();
  const both = await aService(oldAnchor, newAnchor);
  const token = await aToken(before);
  expect((await both.validateAccessToken(token)).ok).toBe(true);

  const after = await anAuth(fresh, oldAnchor!);
  await eventually(async () => expect(await bundle()).not.toBe(bundleBefore));
  const bundleAfter = await bundle();
  // Each instance looks once a second.
  for (let look = 0; look < 25; look++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await bundle()).toBe(bundleAfter);
  }
  const onlyNew = await aService(newAnchor);
  for (const auth of [before, after]) {
    const fromEither = await aToken(auth);
    for (const service of [both, onlyNew]) expect((await service.validateAccessToken(fromEither)).ok).toBe(true);
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: fromEither })).status).toBe(200);
  }
  const versions = [both, onlyNew].map((validator) => validator.health().keys.version);
  expect(versions[0]).toBe(versions[1]);
}, 60_000);
