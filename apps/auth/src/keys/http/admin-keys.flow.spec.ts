import { randomHex } from '@gatehouse/kernel';
import { FeedLog } from '@gatehouse/revocation-log';
import { eventually, freshMysqlDatabaseUrl, startRedis, testFolder } from '@gatehouse/testing';
import { randomBytes } from 'node:crypto';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { UserRepository } from '../../users/user-repository.port.js';

interface Listed {
  readonly kid: string;
  readonly state: string;
  readonly published: boolean;
  readonly reason: string | null;
}

const kidOf = (token: string): string =>
  (JSON.parse(String(Buffer.from(token.split('.')[0]!, 'base64url'))) as { kid: string }).kid;

async function signedIn(auth: RunningAuth, roles: readonly string[] = ['user']) {
  const body = { email: `${randomHex(6)}@example.test`, password: 'correct horse battery' };
  const { id } = (await auth.ask('POST', '/api/v1/auth/signup', { body })).body.data.user as { id: number };
  await auth.app.get(UserRepository).change(id, { roles: [...roles] });
  const { data } = (await auth.ask('POST', '/api/v1/auth/signin', { body })).body;
  return data as { access_token: string; refresh_token: string };
}

const ready = (auth: RunningAuth) =>
  eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
const listOf = async (auth: RunningAuth, token: string): Promise<Listed[]> =>
  (await auth.ask('GET', '/api/v1/admin/keys', { token })).body.data.keys as Listed[];
const inState = (keys: readonly Listed[], state: string) => keys.find((key) => key.state === state)!.kid;
const publishedBy = async (auth: RunningAuth): Promise<string[]> =>
  ((await auth.ask('GET', '/.well-known/jwks.json')).body.keys as { kid: string }[]).map(({ kid }) => kid);
const rotate = (auth: RunningAuth, token: string) => auth.ask('POST', '/api/v1/admin/keys/rotate', { token });
const revoke = (auth: RunningAuth, token: string, kid: string, reason = 'drill') =>
  auth.ask('POST', `/api/v1/admin/keys/${kid}/revoke`, { token, body: { reason } });

describe('keys in the hands of an administrator', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth({ KEY_PUBLISH_AHEAD: '1s' });
    await ready(auth);
  });
  afterAll(() => auth.close());

  it('are shown with their states and dates, and nothing of their private halves', async () => {
    const { access_token: token } = await signedIn(auth, ['admin']);
    const { status, body, text } = await auth.ask('GET', '/api/v1/admin/keys', { token });
    expect(status).toBe(200);
    expect(body.data.keys.map(({ state }: Listed) => state)).toEqual(['active', 'next']);
    expect(body.data).toMatchObject({ version: expect.any(Number), next_rotation_at: expect.stringMatching(/Z$/) });
    expect(Object.keys(body.data.keys[0]).sort()).toEqual(
      'activated_at alg created_at ended_at kid published published_until reason retired_at state'.split(' '),
    );
    expect(text).not.toMatch(/"d"|sealed|private/i);
  });

  it.each([
    ['GET', '/api/v1/admin/keys'],
    ['POST', '/api/v1/admin/keys/rotate'],
    ['POST', `/api/v1/admin/keys/${'A'.repeat(43)}/revoke`],
  ])('are for nobody else: %s %s', async (method, path) => {
    const { access_token: token } = await signedIn(auth);
    const body = { reason: 'drill' };
    expect((await auth.ask(method, path, { body })).status).toBe(401);
    const refused = await auth.ask(method, path, { token, body });
    expect(refused.status).toBe(403);
    expect(refused.body.error.code).toBe('FORBIDDEN');
  });

  it('rotate: tokens of the old key stay good, new ones are of the new key, and nobody signs in anew', async () => {
    const admin = await signedIn(auth, ['admin']);
    const next = inState(await listOf(auth, admin.access_token), 'next');
    const rotated = await eventually(async () => {
      const answer = await rotate(auth, admin.access_token);
      expect(answer.status).toBe(200);
      return answer;
    });
    expect(rotated.body.data).toEqual({ active_kid: next, rotated: true });
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: admin.access_token })).status).toBe(200);
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: admin.refresh_token } });
    expect(kidOf(refreshed.body.data.access_token as string)).toBe(next);

    const tooSoon = await rotate(auth, admin.access_token);
    expect(tooSoon.status).toBe(409);
    expect(tooSoon.body.error).toMatchObject({ code: 'CONFLICT', retry_after: 1 });
  });

  it('are withdrawn at once: refused, published no more, and a refresh goes on with another key (F24)', async () => {
    const admin = await signedIn(auth, ['admin']);
    const bystander = await signedIn(auth);
    const kid = kidOf(bystander.access_token);
    const answer = await revoke(auth, admin.access_token, kid, 'compromised');
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ kid, durable_in: 'database' });
    expect(answer.body.data.active_kid).not.toBe(kid);

    await eventually(async () => {
      const refused = await auth.ask('GET', '/api/v1/auth/me', { token: bystander.access_token });
      // Whichever comes first: the list, or the bundle that does not name the key.
      expect(['TOKEN_REVOKED', 'TOKEN_INVALID']).toContain(refused.body.error?.code);
    });
    expect(await publishedBy(auth)).not.toContain(kid);
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', {
      body: { refresh_token: bystander.refresh_token },
    });
    expect(refreshed.status).toBe(200);
    const token = refreshed.body.data.access_token as string;
    expect(kidOf(token)).not.toBe(kid);
    expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(200);

    const again = await signedIn(auth, ['admin']);
    const listed = (await listOf(auth, again.access_token)).find((key) => key.kid === kid);
    expect(listed).toMatchObject({ state: 'withdrawn', published: false, reason: 'compromised' });
    expect((await revoke(auth, again.access_token, kid)).status).toBe(200);
  });

  it.each([
    ['an unknown key', 'A'.repeat(43), { reason: 'drill' }, 404],
    ['a name that is none', 'x', { reason: 'drill' }, 404],
    ['a name that climbs', encodeURIComponent('../../rotate'), { reason: 'drill' }, 404],
    ['no reason', 'A'.repeat(43), {}, 400],
    ['a reason of their own', 'A'.repeat(43), { reason: 'because\r\nI can' }, 400],
    ['the reason kept for ourselves', 'A'.repeat(43), { reason: 'feed' }, 400],
  ])('withdraw nothing for %s', async (_what, kid, body, status) => {
    const { access_token: token } = await signedIn(auth, ['admin']);
    const before = await publishedBy(auth);
    expect((await auth.ask('POST', `/api/v1/admin/keys/${kid}/revoke`, { token, body })).status).toBe(status);
    expect(await publishedBy(auth)).toEqual(before);
  });

  it('are told of in the metrics', async () => {
    const { text } = await auth.ask('GET', '/metrics');
    expect(text).toMatch(/^auth_signing_key_age_seconds\S* \d/m);
    expect(text).toMatch(/^auth_signing_key_rotation_due_seconds\S* 2\d{6}/m);
    expect(text).toMatch(/^auth_signing_keys_published\S* [2-9]/m);
  });
});

it('cannot be rotated where tokens are signed with a shared secret', async () => {
  const auth = await startAuth({ TOKEN_ALGORITHM: 'HS256', JWT_SECRET: randomBytes(24).toString('base64') });
  await ready(auth);
  const { access_token: token } = await signedIn(auth, ['admin']);
  expect(await listOf(auth, token)).toEqual([]);
  expect((await rotate(auth, token)).body.error.code).toBe('CONFLICT');
  expect((await revoke(auth, token, 'A'.repeat(43))).body.error.code).toBe('CONFLICT');
  await auth.close();
});

describe('two instances on one Redis and one MySQL', () => {
  it('know of each other’s changes within seconds, also of a key withdrawn by way of the feed alone', async () => {
    const redis = await startRedis();
    const secrets = generateSecrets();
    const env = {
      REDIS_URL: redis.url,
      DATABASE_URL: await freshMysqlDatabaseUrl(),
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      KEY_PUBLISH_AHEAD: '1s',
      DATA_DIR: testFolder('auth-two-keys'),
    };
    const [one, two] = [await startAuth(env), await startAuth(env)];
    try {
      await Promise.all([ready(one), ready(two)]);
      const admin = await signedIn(one, ['admin']);
      const first = kidOf(admin.access_token);
      await revoke(one, admin.access_token, first, 'suspected');
      const isGone = async () => expect(await publishedBy(two)).not.toContain(first);
      await eventually(isGone, { timeoutMs: 3_000 });
      expect(kidOf((await signedIn(two)).access_token)).not.toBe(first);

      const again = await signedIn(two, ['admin']);
      await eventually(async () => expect((await rotate(one, again.access_token)).status).toBe(200));
      const version = async (auth: RunningAuth) => (await auth.ask('GET', '/ready')).body.checks.keys.version as number;
      await eventually(async () => expect(await version(two)).toBe(await version(one)), { timeoutMs: 3_000 });

      // Written into the feed by somebody who knows nothing of key tables: `gatehouse revoke --kid` does that.
      const { access_token: token } = await signedIn(one, ['admin']);
      const byFeed = kidOf(token);
      const log = one.app.get(FeedLog);
      const untilMs = Date.now() + 3_600_000;
      const entry = { id: 'feed', scope: 'kid', value: byFeed, cutoff: 0, untilMs, reason: 'key_revoked' } as const;
      await log.append((await log.currentEpoch())!, [entry], 3_600_000);
      for (const auth of [one, two]) {
        await eventually(async () => expect(await publishedBy(auth)).not.toContain(byFeed), { timeoutMs: 2_000 });
      }
      const after = await signedIn(two, ['admin']);
      expect(kidOf(after.access_token)).not.toBe(byFeed);
      await eventually(async () => {
        const listed = (await listOf(two, after.access_token)).find(({ kid }) => kid === byFeed);
        expect(listed).toMatchObject({ state: 'withdrawn', reason: 'feed' });
      });

      // Redis loses everything: what comes back is what the database knows.
      await redis.command('FLUSHALL');
      await eventually(async () => expect(await redis.command('EXISTS', 'rev:key-bundle')).toBe(1), {
        timeoutMs: 5_000,
      });
      const bundle = String(await redis.command('GET', 'rev:key-bundle'));
      const kids = (JSON.parse(String(Buffer.from(bundle.split('.')[1]!, 'base64url'))) as { keys: Listed[] }).keys;
      expect(kids.map(({ kid }) => kid)).not.toContain(first);
      expect(kids.map(({ kid }) => kid)).not.toContain(byFeed);
    } finally {
      await Promise.all([one.close(), two.close()]);
      await redis.kill();
    }
  }, 60_000);
});
