import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { aPerson, signedIn, signIn, type SignedInPerson } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { RootKey } from '../keys/bundle/root-key.js';

const secrets = generateSecrets();

/** Two instances of the service that share Redis and MySQL, and two services that only hear the feed. */
describe('rights that were taken away', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let auths: RunningAuth[];
  let orders: SessionValidator[];
  let admin: SignedInPerson;

  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const env = {
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: redis.url,
      DATABASE_URL: (await mysql.createDatabase()).url,
    };
    auths = await Promise.all([startAuth(env), startAuth(env)]);
    await ready();
    const { trustAnchor } = RootKey.parse(secrets.rootSigningKey);
    orders = [1, 2].map(() => createSessionValidator({ redisUrl: redis.url, trustAnchor, warn: () => undefined }));
    await Promise.all(orders.map((validator) => validator.ready()));
    admin = await signedIn(auths[0]!, ['user', 'admin']);
  });
  afterAll(async () => {
    await Promise.all(orders.map((validator) => validator.close()));
    await Promise.all(auths.map((auth) => auth.close()));
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  const ready = () =>
    Promise.all(
      auths.map((auth) =>
        eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
          timeoutMs: 15_000,
        }),
      ),
    );
  const refresh = (auth: RunningAuth, refreshToken: string) =>
    auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
  const demote = (userId: number) =>
    auths[0]!.ask('PATCH', `/api/v1/admin/users/${userId}`, { token: admin.token, body: { roles: ['user'] } });
  const verdicts = (token: string) =>
    Promise.all(
      orders.map(async (validator) => {
        const verdict = await validator.validateAccessToken(token);
        return verdict.ok ? 'ok' : verdict.reason;
      }),
    );

  it('are gone in every service within 100 ms, and one refresh anywhere brings what is left', async () => {
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      const other = await signedIn(auths[1]!, ['user', 'admin']);
      expect(await verdicts(other.token)).toEqual(['ok', 'ok']);
      expect((await demote(other.user.id)).status).toBe(200);
      const answeredMs = performance.now();
      await eventually(async () => expect(await verdicts(other.token)).toEqual(['TOKEN_STALE', 'TOKEN_STALE']), {
        everyMs: 2,
      });
      took.push(performance.now() - answeredMs);
      await eventually(async () => {
        const { body } = await auths[1]!.ask('GET', '/api/v1/admin/users', { token: other.token });
        expect(body.error.code).toBe('TOKEN_STALE');
      });
      const { body } = await refresh(auths[round % 2]!, other.refreshToken);
      expect(await verdicts(body.data.access_token)).toEqual(['ok', 'ok']);
      const { principal } = (await orders[0]!.validateAccessToken(body.data.access_token)) as never as {
        principal: { roles: string[]; scopes: string[] };
      };
      expect(principal).toMatchObject({ roles: ['user'], scopes: [] });
    }
    // The middle one: this machine does other things at the same time.
    expect(took.sort((a, b) => a - b)[2]).toBeLessThan(100);
  });

  it('are neither given nor taken while the database hangs, which is told in time', async () => {
    const other = await aPerson(auths[1]!, ['user']);
    mysql.pause();
    const startedMs = performance.now();
    const path = `/api/v1/admin/users/${other.user.id}`;
    const answer = await auths[0]!.ask('PATCH', path, { token: admin.token, body: { roles: ['user', 'support'] } });
    const tookMs = performance.now() - startedMs;
    mysql.resume();
    expect([answer.status, answer.body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
    expect(tookMs).toBeLessThan(2_000);
    await ready();
  });

  it('do not come back with Redis away: they are gone before any refresh is let in again', async () => {
    const other = await signIn(auths[1]!, await aPerson(auths[1]!, ['user', 'admin']));
    await redis.kill();
    const startedMs = performance.now();
    expect((await demote(other.user.id)).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    // The other instance has not heard of it, and must not help them to what was taken.
    const path = `/api/v1/admin/users/${other.user.id}`;
    const regained = await auths[1]!.ask('PATCH', path, { token: other.token, body: { roles: ['user', 'admin'] } });
    expect([regained.status, regained.body.error?.code]).toEqual([401, 'TOKEN_STALE']);
    await redis.startEmpty();
    let answer = await refresh(auths[1]!, other.refreshToken);
    await eventually(
      async () => {
        answer = await refresh(auths[1]!, other.refreshToken);
        expect(answer.status).not.toBe(503);
      },
      { timeoutMs: 15_000, everyMs: 20 },
    );
    await ready();
    // The session is back out of the database, or it is lost with Redis; never with the rights of before.
    if (answer.status === 200) expect(answer.body.data.user.roles).toEqual(['user']);
    else expect(answer.status).toBe(401);
    await eventually(async () => expect(await verdicts(other.token)).toEqual(['TOKEN_STALE', 'TOKEN_STALE']), {
      timeoutMs: 15_000,
    });
  });
});
