import { randomBytes } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { eventually, freshMysqlDatabaseUrl, type RedisServer, startRedis, testFolder } from '@gatehouse/testing';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { runKeysCli } from './run-keys-cli.js';

const aMasterKey = () => randomBytes(32).toString('base64');
const KID = /[A-Za-z0-9_-]{43}/g;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
}, 60_000);
afterAll(() => redis.kill());

const freshEnvironment = async () => ({
  REDIS_URL: redis.url,
  DATABASE_URL: await freshMysqlDatabaseUrl(),
  ROOT_SIGNING_KEY: generateSecrets().rootSigningKey,
  KEY_ENCRYPTION_KEY: aMasterKey(),
  KEY_PUBLISH_AHEAD: '1s',
  DATA_DIR: testFolder('auth-keys-cli'),
});

async function started(env: Record<string, string>): Promise<RunningAuth> {
  const auth = await startAuth(env);
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
  return auth;
}

const publishedBy = async (auth: RunningAuth): Promise<string[]> =>
  ((await auth.ask('GET', '/.well-known/jwks.json')).body.keys as { kid: string }[]).map(({ kid }) => kid);

async function signedIn(auth: RunningAuth) {
  const body = { email: `${randomHex(6)}@example.test`, password: 'correct horse battery' };
  await auth.ask('POST', '/api/v1/auth/signup', { body });
  return (await auth.ask('POST', '/api/v1/auth/signin', { body })).body.data as {
    access_token: string;
    refresh_token: string;
  };
}

const refresh = (auth: RunningAuth, refreshToken: string) =>
  auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });

describe('the command line about keys', () => {
  it('makes secrets that the configuration takes', async () => {
    const { exitCode, lines } = await runKeysCli(['new'], {});
    expect(exitCode).toBe(0);
    const made = Object.fromEntries(lines.filter((line) => !line.startsWith('#')).map((line) => line.split(/=(.*)/s)));
    expect(Object.keys(made)).toEqual(['KEY_ENCRYPTION_KEY', 'ROOT_SIGNING_KEY', 'AUTH_TRUST_ANCHOR']);
    const auth = await started({ ...(await freshEnvironment()), ...made, AUTH_TRUST_ANCHOR: '' });
    await auth.close();
  }, 60_000);

  it('says how it is used, and repeats nothing it was given', async () => {
    for (const args of [[], ['help'], ['eyJhbGciOi.secret.token']]) {
      const { exitCode, lines } = await runKeysCli(args, {});
      expect(exitCode).toBe(2);
      expect(lines.join()).not.toContain('secret.token');
    }
    expect((await runKeysCli(['revoke', 'x', 'because'], await freshEnvironment())).exitCode).toBe(2);
  });

  it('lists, rotates and withdraws, and a running service follows within seconds', async () => {
    const env = await freshEnvironment();
    const auth = await started(env);
    const [first, second] = await publishedBy(auth);
    const listed = await runKeysCli(['list'], env);
    expect(listed.lines.join('\n').match(KID)).toEqual([first, second]);

    await eventually(async () => expect((await runKeysCli(['rotate'], env)).lines[0]).toContain(second));
    expect((await runKeysCli(['rotate'], env)).exitCode).toBe(1);
    await eventually(async () => expect(await publishedBy(auth)).toHaveLength(3), { timeoutMs: 10_000 });

    const { access_token: token } = await signedIn(auth);
    expect((await runKeysCli(['revoke', second!, 'drill'], env)).exitCode).toBe(0);
    await eventually(async () => expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(401), {
      timeoutMs: 10_000,
    });
    await eventually(
      async () =>
        expect(await redis.command('XRANGE', 'rev:log', '-', '+')).toEqual(
          expect.arrayContaining([
            expect.arrayContaining([expect.arrayContaining([expect.stringContaining(second!)])]),
          ]),
        ),
      { timeoutMs: 10_000 },
    );
    expect((await runKeysCli(['revoke', 'A'.repeat(43), 'drill'], env)).exitCode).toBe(1);
    await auth.close();
  }, 60_000);

  it('says so when the database is not there', async () => {
    const env = { ...(await freshEnvironment()), DATABASE_URL: 'mysql://u:hunter2secret@127.0.0.1:1/none' };
    const { exitCode, lines } = await runKeysCli(['list'], env);
    expect(exitCode).toBe(2);
    expect(lines.join()).not.toContain('hunter2secret');
  });
});

describe('the key that seals all others', () => {
  it('is changed without anybody being signed out or any key being lost', async () => {
    const env = await freshEnvironment();
    const [old, fresh] = [env.KEY_ENCRYPTION_KEY, aMasterKey()];
    const before = await started(env);
    const kids = await publishedBy(before);
    const person = await signedIn(before);

    // 1. Every instance learns the new one, and goes on with the old one. One that was not restarted yet is beside it.
    const learned = await started({ ...env, KEY_ENCRYPTION_KEY_OTHER: fresh });
    // 2. Every instance goes over to the new one. For a while both kinds run.
    const over = { ...env, KEY_ENCRYPTION_KEY: fresh, KEY_ENCRYPTION_KEY_OTHER: old };
    const gone = await started(over);
    await before.close();
    const first = await refresh(gone, person.refresh_token);
    expect(first.status).toBe(200);
    const second = await refresh(learned, first.body.data.refresh_token as string);
    expect(second.status).toBe(200);
    await learned.close();
    // 3. What lies in the database is sealed anew; again is harmless.
    expect((await runKeysCli(['reseal'], over)).lines).toEqual([
      'Sealed anew: 2. Sealed with KEY_ENCRYPTION_KEY before: 0.',
    ]);
    expect((await runKeysCli(['reseal'], over)).lines).toEqual([
      'Sealed anew: 0. Sealed with KEY_ENCRYPTION_KEY before: 2.',
    ]);
    const third = await refresh(gone, second.body.data.refresh_token as string);
    expect(third.status).toBe(200);
    await gone.close();
    // 4. The old one is forgotten.
    const after = await started({ ...env, KEY_ENCRYPTION_KEY: fresh });
    expect(await publishedBy(after)).toEqual(kids);
    expect((await after.ask('GET', '/api/v1/auth/me', { token: person.access_token })).status).toBe(200);
    expect((await refresh(after, third.body.data.refresh_token as string)).status).toBe(200);
    await after.close();
    await expect(startAuth(env)).rejects.toThrow('KEY_ENCRYPTION_KEY');
  }, 60_000);

  it('is missed when neither of the two opens what is there, and nothing is touched', async () => {
    const env = await freshEnvironment();
    const auth = await started(env);
    const kids = await publishedBy(auth);
    const { exitCode, lines } = await runKeysCli(['reseal'], { ...env, KEY_ENCRYPTION_KEY: aMasterKey() });
    expect(exitCode).toBe(1);
    expect(lines[0]!.match(KID)!.sort()).toEqual([...kids].sort());
    await auth.close();
    await (await started(env)).close();
  }, 30_000);
});
