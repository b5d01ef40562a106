import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { signedIn, signIn, type SignedInPerson } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const PATH = '/api/v1/auth/me/session-policy';

async function timed<A>(question: Promise<A>): Promise<A> {
  const startedMs = performance.now();
  const answer = await question;
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  return answer;
}

describe('limits of one’s own, while a store is away', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let auth: RunningAuth;
  let person: SignedInPerson;
  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const secrets = generateSecrets();
    auth = await startAuth({
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: redis.url,
      DATABASE_URL: (await mysql.createDatabase()).url,
    });
    await isReady();
    person = await signedIn(auth);
  }, 60_000);
  afterAll(async () => {
    await auth.close();
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  const isReady = () =>
    eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), { timeoutMs: 15_000 });
  const read = () => timed(auth.ask('GET', PATH, { token: person.token }));
  const choose = (body: object) => timed(auth.ask('PATCH', PATH, { token: person.token, body }));
  const move = (expiresInMs: number) => {
    const body = { expires_at: new Date(Date.now() + expiresInMs).toISOString() };
    return timed(auth.ask('PATCH', `/api/v1/sessions/${person.sessionId}`, { token: person.token, body }));
  };

  it('cannot be chosen without Redis, and none is kept: sessions that are open could not be brought under it', async () => {
    await redis.kill();
    try {
      const refused = await choose({ idle_seconds: 3_600 });
      expect([refused.status, refused.body.error.code]).toEqual([503, 'SESSION_ERROR']);
      // They are in the database, and can be read.
      expect((await read()).body.data.choice.idle_seconds).toBeNull();
    } finally {
      await redis.start();
    }
    await isReady();
    expect((await read()).body.data.choice.idle_seconds).toBeNull();
    await eventually(async () => expect((await choose({ idle_seconds: 3_600 })).status).toBe(200), {
      timeoutMs: 15_000,
    });
  }, 60_000);

  it('can neither be read nor chosen without MySQL; open sessions keep to them, and may still end sooner', async () => {
    expect((await choose({ absolute_seconds: 86_400 })).status).toBe(200);
    expect((await move(7_200_000)).status).toBe(200);
    await mysql.kill();
    try {
      for (const { status, body } of await Promise.all([read(), choose({ idle_seconds: 7_200 })])) {
        expect([status, body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
      }
      expect((await move(3_600_000)).status).toBe(200);
      // Later than now planned is a question of what its owner allows.
      const later = await move(7_200_000);
      expect([later.status, later.body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
      const refresh = await timed(
        auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: person.refreshToken } }),
      );
      expect(refresh.body.data.refresh_expires_in).toBeLessThanOrEqual(3_600);
      person = { ...person, token: refresh.body.data.access_token as string };
    } finally {
      await mysql.start();
    }
    await eventually(async () => expect((await read()).status).toBe(200), { timeoutMs: 15_000 });
    expect((await read()).body.data.choice).toEqual({
      max_sessions: null,
      idle_seconds: 3_600,
      absolute_seconds: 86_400,
    });
    await signIn(auth, person);
    expect((await move(7_200_000)).status).toBe(200);
  }, 60_000);
});
