import { randomHex } from '@gatehouse/kernel';
import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl, sleep } from '@gatehouse/testing';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

interface Held {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Two instances on one Redis and one database, as in production. */
describe('refreshing at two instances', () => {
  let instances: [RunningAuth, RunningAuth];
  const person = { email: `race-${randomHex(6)}@example.test`, password: 'correct horse battery' };

  beforeAll(async () => {
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const env = {
      KEY_ENCRYPTION_KEY: keyEncryptionKey,
      ROOT_SIGNING_KEY: rootSigningKey,
      REDIS_URL: await sharedRedisUrl(),
      DATABASE_URL: await freshMysqlDatabaseUrl(),
      MAX_SESSIONS_PER_USER: '1000',
      // Long enough for a hundred requests on a busy machine.
      REFRESH_GRACE_SECONDS: '5',
    };
    instances = [await startAuth(env), await startAuth(env)];
    for (const auth of instances) {
      await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
        timeoutMs: 20_000,
      });
    }
    await instances[0].ask('POST', '/api/v1/auth/signup', { body: person });
  });
  afterAll(() => Promise.all(instances.map((auth) => auth.close())));

  const at = (n: number) => instances[n % 2]!;
  const signIn = async (): Promise<Held> =>
    (await at(0).ask('POST', '/api/v1/auth/signin', { body: person })).body.data as Held;
  const refresh = (n: number, refresh_token: string): Promise<Answer> =>
    at(n).ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } });
  const verify = (n: number, token: string): Promise<Answer> => at(n).ask('GET', '/api/v1/auth/verify', { token });

  it('makes one rotation of a hundred at once, and a hundred identical answers (C16, I3)', async () => {
    const held = await signIn();
    // On a busy machine Redis may be given up for one of them: the answer then is 503, and its client asks again.
    const insist = async (n: number): Promise<Answer> => {
      const answer = await refresh(n, held.refresh_token);
      return answer.status === 503 ? insist(n) : answer;
    };
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => insist(n)));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['x-refresh-replayed'] === undefined)).toHaveLength(1);
    expect((await refresh(1, answers[0]!.body.data.refresh_token as string)).status).toBe(200);
  });

  it('ends the family everywhere when a spent token comes back after the window (R6, I4)', async () => {
    const held = await signIn();
    const next = (await refresh(0, held.refresh_token)).body.data as Held;
    await sleep(5_050);
    expect((await refresh(1, held.refresh_token)).body.error.code).toBe('REFRESH_REUSE_DETECTED');
    for (const n of [0, 1]) {
      await eventually(
        async () => expect((await verify(n, next.access_token)).body.error.code).toBe('SESSION_REVOKED'),
        { timeoutMs: 100, everyMs: 5 },
      );
      expect((await refresh(n, next.refresh_token)).body.error.code).toBe('REFRESH_EXPIRED');
    }
  });

  it('leaves nothing usable once a sign-out that races it is acknowledged (C16, I8)', async () => {
    let escapes = 0;
    for (let round = 0; round < 100; round++) {
      const held = await signIn();
      const refreshing = sleep(Math.random() * 4).then(() => refresh(round, held.refresh_token));
      await sleep(Math.random() * 4);
      const signedOut = await at(round + 1).ask('POST', '/api/v1/auth/signout', { token: held.access_token });
      expect(signedOut.status).toBe(200);
      const { status, body } = await refreshing;
      if (status !== 200) continue;
      escapes++;
      const escaped = body.data as Held;
      for (const n of [0, 1]) {
        expect((await verify(n, escaped.access_token)).status).toBe(401);
        expect((await refresh(n, escaped.refresh_token)).status).toBe(401);
      }
    }
    // Else nothing raced.
    expect(escapes).toBeGreaterThan(10);
    expect(escapes).toBeLessThan(100);
  });
});
