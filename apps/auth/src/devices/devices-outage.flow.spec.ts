import { randomHex } from '@gatehouse/kernel';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { Browser } from '../../test/browser.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const PASSWORD = 'correct horse battery';

async function timed<A>(question: Promise<A>): Promise<A> {
  const startedMs = performance.now();
  const answer = await question;
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  return answer;
}

describe('devices of two instances on Redis and MySQL', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let instances: RunningAuth[];
  let first: RunningAuth;
  let second: RunningAuth;
  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const secrets = generateSecrets();
    const env = {
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      TRUSTED_PROXIES: '127.0.0.1',
      COOKIE_MODE: 'on',
      REDIS_URL: redis.url,
      DATABASE_URL: (await mysql.createDatabase()).url,
    };
    instances = await Promise.all([startAuth(env), startAuth(env)]);
    [first, second] = instances as [RunningAuth, RunningAuth];
    for (const auth of instances) await isReady(auth);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(instances.map((auth) => auth.close()));
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  const isReady = (auth: RunningAuth) =>
    eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), { timeoutMs: 15_000 });
  const signIn = (auth: RunningAuth, body: object, ip = '192.0.2.1') =>
    auth.ask('POST', '/api/v1/auth/signin', { body, headers: { 'x-forwarded-for': ip } });
  const list = (auth: RunningAuth, token: string) => auth.ask('GET', '/api/v1/auth/devices', { token });

  async function somebodyOnTwoDevices() {
    const person = { email: `user-${randomHex(6)}@example.test`, password: PASSWORD };
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    const lost = (await signIn(first, person)).body.data;
    const kept = (await signIn(second, person, '192.0.2.2')).body.data;
    const devices = (await list(first, lost.access_token)).body.data.devices as { id: string; is_current: boolean }[];
    expect(devices).toHaveLength(2);
    return { person, lost, kept, lostId: devices.find((device) => device.is_current)!.id };
  }
  const isRefusedEverywhere = async (lost: { access_token: string; refresh_token: string }) => {
    for (const auth of instances) {
      await eventually(
        async () =>
          expect((await list(auth, lost.access_token)).body.error.code).toMatch(/TOKEN_REVOKED|SESSION_EXPIRED/),
        { timeoutMs: 15_000 },
      );
      const refresh = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: lost.refresh_token } });
      expect(refresh.status).toBe(401);
    }
  };

  it('are known at each, and removed at one are refused at the other', async () => {
    const { lost, kept, lostId, person } = await somebodyOnTwoDevices();
    expect(
      (await signIn(second, { ...person, device_token: lost.device_token })).body.data.device_token,
    ).toBeUndefined();
    const removed = await first.ask('DELETE', `/api/v1/auth/devices/${lostId}`, { token: kept.access_token });
    expect(removed.status).toBe(200);
    await isRefusedEverywhere(lost);
    expect((await list(second, kept.access_token)).body.data.count).toBe(1);
  });

  it.each([
    ['with what it knew', () => redis.start()],
    ['empty', () => redis.startEmpty()],
  ])(
    'are removed while Redis is away, and refused once it is back %s',
    async (_how, bringBack) => {
      const { lost, kept, lostId } = await somebodyOnTwoDevices();
      await redis.kill();
      try {
        const removed = await timed(
          first.ask('DELETE', `/api/v1/auth/devices/${lostId}`, { token: kept.access_token }),
        );
        expect(removed.status).toBe(200);
      } finally {
        await bringBack();
      }
      for (const auth of instances) await isReady(auth);
      await isRefusedEverywhere(lost);
      expect((await list(second, kept.access_token)).status).toBe(200);
    },
    60_000,
  );

  it('with a browser that lives on cookies: each answer in time, and the cookies as it says, while Redis is away', async () => {
    const { person } = await somebodyOnTwoDevices();
    const aBrowser = () => Browser.of(first, 'http://auth.test');
    const [before, late] = [await aBrowser(), await aBrowser()];
    await before.signIn(person);
    const kept = before.cookiesFor('/api/v1/auth/refresh');
    const ask = (browser: Browser, method: string, path: string, body?: object) =>
      timed(browser.ask(method, `/api/v1/auth/${path}`, body === undefined ? {} : { body }));
    await redis.kill();
    try {
      const degraded = await timed(late.signIn(person));
      expect([degraded.status, degraded.body.data.degraded, late.cookieNames]).toEqual([
        200,
        true,
        ['__Host-device', 'dev_sid_at'],
      ]);
      expect((await ask(late, 'PATCH', 'me', { name: 'Ada' })).status).toBe(200);
      const refused = await ask(before, 'POST', 'refresh');
      expect([refused.body.error.code, refused.headers['set-cookie']]).toEqual(['SESSION_ERROR', undefined]);
      expect((await ask(before, 'GET', 'csrf')).status).toBe(200);
      expect((await ask(before, 'POST', 'signout')).status).toBe(200);
      expect(before.cookieNames).toEqual(['__Host-device']);
    } finally {
      await redis.start();
    }
    for (const auth of instances) await isReady(auth);
    const again = await timed(before.ask('POST', '/api/v1/auth/refresh', { cookie: kept }));
    expect(again.body.error.code).toBe('REFRESH_EXPIRED');
  }, 60_000);

  it('cannot be told while MySQL is away, in a word and within two seconds', async () => {
    const { person, lost, kept, lostId } = await somebodyOnTwoDevices();
    await mysql.kill();
    try {
      const token = kept.access_token as string;
      const asked = [
        timed(list(first, token)),
        timed(first.ask('PATCH', `/api/v1/auth/devices/${lostId}`, { token, body: { name: 'x' } })),
        timed(first.ask('DELETE', `/api/v1/auth/devices/${lostId}`, { token })),
        timed(signIn(first, { ...person, device_token: lost.device_token })),
      ];
      for (const { status, body } of await Promise.all(asked)) {
        expect([status, body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
      }
    } finally {
      await mysql.start();
    }
    // Nothing was half done.
    await eventually(async () => expect((await list(first, lost.access_token)).body.data.count).toBe(2), {
      timeoutMs: 15_000,
    });
  }, 60_000);
});
