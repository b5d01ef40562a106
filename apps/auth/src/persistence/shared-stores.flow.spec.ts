import { randomHex } from '@gatehouse/kernel';
import { eventually, freePort, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { opener } from '../../test/databases.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const PASSWORD = 'correct horse battery';
const secrets = generateSecrets();
const keys = { KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey, ROOT_SIGNING_KEY: secrets.rootSigningKey };
const aPerson = () => ({ email: `user-${randomHex(6)}@example.test`, password: PASSWORD });

const signUp = (auth: RunningAuth, body: object) => auth.ask('POST', '/api/v1/auth/signup', { body });
const signIn = (auth: RunningAuth, body: object) => auth.ask('POST', '/api/v1/auth/signin', { body });
/** As a client does that is told to come again: a crowd on a small machine is more than can be served in time. */
async function insist(question: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await question();
    if (answer.status !== 503 || attempt === 20) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
  }
}

const list = (auth: RunningAuth, token: string) => auth.ask('GET', '/api/v1/sessions', { token });

async function timed(question: Promise<Answer>): Promise<Answer & { ms: number }> {
  const startedMs = performance.now();
  return { ...(await question), ms: performance.now() - startedMs };
}

describe('on Redis and MySQL', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let env: Record<string, string>;
  let first: RunningAuth;
  let second: RunningAuth;
  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    env = { ...keys, REDIS_URL: redis.url, DATABASE_URL: (await mysql.createDatabase()).url };
    [first, second] = await Promise.all([startAuth(env), startAuth(env)]);
    for (const auth of [first, second]) {
      await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
        timeoutMs: 20_000,
      });
    }
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  it('instances that start together sign with one key', async () => {
    const [one, other] = await Promise.all([first, second].map((auth) => auth.ask('GET', '/.well-known/jwks.json')));
    expect(one!.body).toEqual(other!.body);
    expect(one!.body.keys).toHaveLength(2);
    for (const auth of [first, second]) expect(auth.log()).not.toContain('in-memory');
  });

  it('one that begins is not ready before it has caught up with the feed, and from then on refreshes', async () => {
    const person = aPerson();
    await signUp(first, person);
    const { refresh_token } = (await signIn(first, person)).body.data as { refresh_token: string };
    // What somebody else is about to deliver, and has not: the one that begins waits for it.
    const database = await (await opener(env['DATABASE_URL']!))();
    const elsewhere = database.dataSource.createQueryRunner();
    await elsewhere.startTransaction();
    await elsewhere.query(
      "INSERT INTO revocations (entry_id, scope, value, cutoff, until_ms, reason) VALUES ('held', 'jti', 'held', 0, ?, 'admin')",
      [Date.now() + 60_000],
    );
    const fresh = await startAuth(env);
    await fresh.app.listen(0, '127.0.0.1');
    const url = await fresh.app.getUrl();
    const refresh = () =>
      fetch(`${url}/api/v1/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token }),
      });
    const [ready, refused] = [await fetch(`${url}/ready`), await refresh()];
    expect([ready.status, ready.headers.get('retry-after'), refused.status]).toEqual([503, '1', 503]);
    expect(await ready.json()).toMatchObject({ error: { code: 'NOT_READY', details: { feed: { admitted: false } } } });

    await elsewhere.rollbackTransaction();
    await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200));
    expect((await refresh()).status).toBe(200);
    await Promise.all([fresh.close(), database.close()]);
  });

  it('one of a hundred strangers at two instances gets an address (A15, I7)', async () => {
    const { email } = aPerson();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        insist(() =>
          signUp(n % 2 ? first : second, { email: n % 3 ? email : email.toUpperCase(), password: PASSWORD }),
        ),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
  });

  it('of a hundred sessions opened at once exactly five live, and the others’ tokens are refused everywhere (A15, I5)', async () => {
    const person = aPerson();
    await signUp(first, person);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => insist(() => signIn(n % 2 ? first : second, person))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const auth of [first, second]) {
      await eventually(async () => {
        const seen = await Promise.all(answers.map(({ body }) => list(auth, body.data.access_token as string)));
        expect(seen.filter(({ status }) => status === 200)).toHaveLength(5);
        for (const { status, body } of seen) if (status !== 200) expect(body.error.code).toBe('SESSION_REVOKED');
      });
    }
  });

  it('a session opened at one instance is known at the other, and gone there once displaced', async () => {
    const person = aPerson();
    await signUp(first, person);
    const oldest = (await signIn(first, person)).body.data.access_token as string;
    expect((await list(second, oldest)).status).toBe(200);
    for (let n = 0; n < 5; n++) await signIn(second, person);
    expect((await list(second, oldest)).body.error.code).toBe('SESSION_REVOKED');
    await eventually(async () => expect((await list(first, oldest)).body.error.code).toBe('SESSION_REVOKED'));
  });

  describe('with Redis away', () => {
    const person = aPerson();
    beforeAll(async () => {
      await signUp(first, person);
      await redis.kill();
    });
    afterAll(async () => {
      await eventually(async () => expect((await first.ask('GET', '/ready')).body.status).toBe('ready'), {
        timeoutMs: 15_000,
      });
    });

    it('people sign in all the same, with an access token only, and are told so', async () => {
      const { status, headers, body, ms } = await timed(signIn(first, person));
      expect(status).toBe(200);
      expect(ms).toBeLessThan(2_000);
      expect(body.data).toMatchObject({ degraded: true, expires_in: 900, user: { email: person.email } });
      expect(body.data).not.toHaveProperty('refresh_token');
      expect(body.data).not.toHaveProperty('session');
      expect(headers['x-session-id']).toMatch(/^[0-9a-f]{64}$/);
      const me = await first.ask('GET', '/api/v1/auth/me', { token: body.data.access_token as string });
      expect(me.status).toBe(200);
    });

    it('people sign up all the same', async () => {
      const { status, ms } = await timed(signUp(first, aPerson()));
      expect(status).toBe(201);
      expect(ms).toBeLessThan(2_000);
    });

    it('readiness says degraded and goes on', async () => {
      const { status, body } = await first.ask('GET', '/ready');
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'degraded', checks: { redis: { read_write: false } } });
    });

    it('sessions that are over are listed; of live ones nothing is made up', async () => {
      const { headers, body } = await signIn(first, person);
      const token = body.data.access_token as string;
      const one = `/api/v1/sessions/${headers['x-session-id']}`;
      for (const [method, path, sent] of [
        ['GET', one, undefined],
        ['GET', `${one}/activity`, undefined],
        ['PATCH', one, { device_name: 'Desk' }],
        ['DELETE', one, undefined],
        ['POST', '/api/v1/sessions/revoke', { client_id: 'web' }],
      ] as const) {
        const answer = await timed(first.ask(method, path, { token, ...(sent ? { body: sent } : {}) }));
        expect([method, path, answer.status, answer.body.error?.code]).toEqual([method, path, 503, 'SESSION_ERROR']);
        expect(answer.ms).toBeLessThan(2_000);
      }
      const past = await timed(first.ask('GET', '/api/v1/sessions?active=false', { token }));
      expect([past.status, past.body.data]).toEqual([200, { sessions: [], count: 0, next_cursor: null }]);
      expect(past.ms).toBeLessThan(2_000);
    });

    it('a sign-out is acknowledged, and enforced everywhere once Redis is back, though it has lost everything', async () => {
      const token = (await signIn(first, person)).body.data.access_token as string;
      const signedOut = await timed(first.ask('POST', '/api/v1/auth/signout', { token }));
      expect(signedOut.status).toBe(200);
      expect(signedOut.ms).toBeLessThan(2_000);
      await redis.startEmpty();
      for (const auth of [first, second]) {
        await eventually(async () => expect((await list(auth, token)).body.error.code).toBe('SESSION_REVOKED'), {
          timeoutMs: 15_000,
        });
      }
    });
  });

  describe('with MySQL away', () => {
    const person = aPerson();
    let signedIn: Answer;
    beforeAll(async () => {
      await signUp(first, person);
      signedIn = await signIn(first, person);
      await mysql.kill();
    });
    it.each([
      ['sign-in', 'signin'],
      ['sign-up', 'signup'],
    ])('%s is refused within two seconds, with word when to come back', async (_what, path) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const { status, headers, body, ms } = await timed(
          first.ask('POST', `/api/v1/auth/${path}`, { body: path === 'signin' ? person : aPerson() }),
        );
        expect(ms).toBeLessThan(2_000);
        expect(status).toBe(503);
        expect(body.error.code).toBe('DEGRADED_UNAVAILABLE');
        expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      }
    });

    it('tokens are refreshed and checked, and keys published, all the same', async () => {
      const { refresh_token } = signedIn.body.data as { refresh_token: string };
      const refreshed = await timed(first.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } }));
      expect(refreshed.status).toBe(200);
      expect(refreshed.ms).toBeLessThan(2_000);
      expect((await list(first, refreshed.body.data.access_token as string)).status).toBe(200);
      expect((await first.ask('GET', '/.well-known/jwks.json')).status).toBe(200);
    });

    it('live sessions are shown and changed; those that are over have to wait', async () => {
      const token = signedIn.body.data.access_token as string;
      const one = `/api/v1/sessions/${signedIn.headers['x-session-id']}`;
      const body = { device_name: 'Desk' };
      const changed = await timed(first.ask('PATCH', one, { token, body }));
      expect([changed.status, changed.body.data?.session.device.name]).toEqual([200, 'Desk']);
      expect((await first.ask('GET', one, { token })).body.data.session.device.name).toBe('Desk');
      const past = await timed(first.ask('GET', '/api/v1/sessions?active=false', { token }));
      expect([past.status, past.body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
      for (const { ms } of [changed, past]) expect(ms).toBeLessThan(2_000);
    });

    it('a sign-out is acknowledged and enforced, and stored once the database is back', async () => {
      const token = signedIn.body.data.access_token as string;
      const signedOut = await timed(first.ask('POST', '/api/v1/auth/signout', { token }));
      expect(signedOut.status).toBe(200);
      expect(signedOut.ms).toBeLessThan(2_000);
      expect((await list(first, token)).body.error.code).toBe('SESSION_REVOKED');

      await mysql.start();
      const database = await (await opener(env['DATABASE_URL']!))();
      const value = signedIn.headers['x-session-id']!;
      const stored = () => database.dataSource.getRepository('Revocation').existsBy({ value });
      await eventually(async () => expect(await stored()).toBe(true), { timeoutMs: 15_000 });
      await database.close();
      // From here on only the database can know it.
      await redis.kill();
      await redis.startEmpty();
      const fresh = await startAuth(env);
      await eventually(async () => expect((await list(fresh, token)).body.error.code).toBe('SESSION_REVOKED'), {
        timeoutMs: 15_000,
      });
      await fresh.close();
    }, 60_000);
  });
});

describe('a start', () => {
  it('does without the database until it comes, and is not ready before', async () => {
    const redis = await startRedis();
    const mysql = await startMysql();
    const { url } = await mysql.createDatabase();
    await mysql.stop();
    const auth = await startAuth({ ...keys, REDIS_URL: redis.url, DATABASE_URL: url });
    expect((await auth.ask('GET', '/health')).status).toBe(200);
    expect((await auth.ask('GET', '/ready')).status).toBe(503);
    const early = await auth.ask('GET', '/.well-known/jwks.json');
    expect(early.status).toBe(503);
    expect(early.body.error.code).toBe('NOT_READY');
    expect((await signUp(auth, aPerson())).body.error.code).toBe('DEGRADED_UNAVAILABLE');

    await mysql.start();
    await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
      timeoutMs: 20_000,
    });
    expect((await signUp(auth, aPerson())).status).toBe(201);
    await auth.close();
    await Promise.all([redis.stop(), mysql.stop()]);
  }, 60_000);

  it('refuses a Redis that would forget revocations under memory pressure', async () => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const nowhere = `mysql://auth:x9K2mQ7z@127.0.0.1:${await freePort()}/auth`;
    await expect(startAuth({ ...keys, REDIS_URL: redis.url, DATABASE_URL: nowhere })).rejects.toThrow(
      /maxmemory-policy noeviction; it has allkeys-lru/,
    );
    await redis.stop();
  });
});
