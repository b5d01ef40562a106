import { SessionValidator } from '@gatehouse/session-validator/nest';
import { eventually, type MysqlServer, type RedisServer, sleep, startMysql, startRedis } from '@gatehouse/testing';
import {
  ACCOUNTS,
  aService,
  INTROSPECT,
  type KnownService,
  REVOKE,
  sendForm,
  type SignedIn,
  signIn,
  TOKEN,
  tokenOf,
} from '../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const MOST_MS = 2_000;
/** Of the machine the tests run on, not of the service. */
const BUSY_MS = 500;
/** What the limits above go beyond. */
const WITHIN_BOUNDS = { signin_per_minute: 1_000, pair_per_hour: 10_000, api_per_minute: 100_000 };
const ALL = ['tokens:introspect', 'tokens:introspect-refresh', 'tokens:revoke'];

let redis: RedisServer;
let mysql: MysqlServer;
let auth: RunningAuth;
let admin: SignedIn;
let service: KnownService;
let person: SignedIn;
let servicesToken: string;

beforeAll(async () => {
  [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  const { keyEncryptionKey, rootSigningKey } = generateSecrets();
  auth = await startAuth({
    REDIS_URL: redis.url,
    DATABASE_URL: (await mysql.createDatabase()).url,
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    ROOT_SIGNING_KEY: rootSigningKey,
    // Counting must not outlast a request either.
    RATE_LIMIT_ENABLED: 'true',
    RATE_LIMIT_API_PER_MINUTE: '100000',
    RATE_LIMIT_CLIENT_PER_MINUTE: '100000',
    RATE_LIMIT_SIGNIN_PER_MINUTE: '100000',
  });
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
    timeoutMs: 30_000,
  });
  admin = await signIn(auth, ['user', 'admin']);
  service = await aService(auth, admin, { scopes: ALL });
}, 120_000);
afterAll(async () => {
  await auth?.close();
  await Promise.all([redis?.stop(), mysql?.stop()]);
});
afterEach(async () => {
  redis.resume();
  mysql.resume();
  await eventually(async () => expect((await grant()).status).toBe(200), { timeoutMs: 30_000 });
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
    timeoutMs: 30_000,
  });
}, 70_000);
beforeEach(async () => {
  person = await signIn(auth);
  servicesToken = await tokenOf(auth, service);
});

/** Status and error, once it has been seen that the answer came in time. */
async function inTime(
  question: Promise<Answer>,
): Promise<{ status: number; error: string | undefined; answer: Answer }> {
  const startedMs = performance.now();
  const answer = await question;
  expect(performance.now() - startedMs).toBeLessThan(MOST_MS + BUSY_MS);
  if (answer.status >= 500) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  }
  return { status: answer.status, error: answer.body?.error as string | undefined, answer };
}

/** Stops servers without closing their connections, which is the worst they can do. */
async function takeAway(...servers: { pause(): void }[]): Promise<void> {
  for (const server of servers) server.pause();
  // Threads that are running on another core stop a little later.
  await sleep(100);
}

const UNAVAILABLE = { status: 503, error: 'temporarily_unavailable' };
const grant = () => sendForm(auth, TOKEN, { grant_type: 'client_credentials' }, { as: service });
const refresh = (refreshToken: string) =>
  sendForm(auth, TOKEN, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'web' });
const introspect = (token: string) => sendForm(auth, INTROSPECT, { token }, { as: service });
const publicRevoke = (token: string) => sendForm(auth, REVOKE, { token, client_id: 'web' });
const reasonOf = (token: string) => {
  const verdict = auth.app.get(SessionValidator).check(token, { serviceAccounts: true });
  return verdict.ok ? 'OK' : verdict.reason;
};

describe('with Redis away', () => {
  it('services get tokens, access tokens are told of and ended; what needs a session is 503', async () => {
    const other = await signIn(auth);
    await takeAway(redis);
    expect(await inTime(grant())).toMatchObject({ status: 200 });
    expect((await inTime(introspect(person.accessToken))).answer.body).toMatchObject({ active: true });
    expect((await inTime(introspect(servicesToken))).answer.body).toMatchObject({ active: true });
    expect(await inTime(introspect(person.refreshToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(refresh(person.refreshToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(publicRevoke(person.refreshToken))).toMatchObject({ status: 200 });
    expect(await inTime(publicRevoke(other.accessToken))).toMatchObject({ status: 200 });
    redis.resume();
    await eventually(() => expect(reasonOf(person.accessToken)).toBe('SESSION_REVOKED'), { timeoutMs: 20_000 });
    await eventually(() => expect(reasonOf(other.accessToken)).toBe('TOKEN_REVOKED'), { timeoutMs: 20_000 });
    // No refresh brings back what was ended meanwhile.
    await eventually(async () => expect((await refresh(person.refreshToken)).body.error).toBe('invalid_grant'), {
      timeoutMs: 20_000,
    });
  }, 90_000);
});

describe('with MySQL away', () => {
  it('persons refresh; services are not known, which is 503 and not a wrong secret', async () => {
    await takeAway(mysql);
    expect(await inTime(grant())).toMatchObject(UNAVAILABLE);
    expect(await inTime(introspect(person.accessToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(auth.ask('GET', ACCOUNTS, { token: admin.accessToken }))).toMatchObject({ status: 503 });
    expect(await inTime(refresh(person.refreshToken))).toMatchObject({ status: 200 });
    mysql.resume();
    await eventually(async () => expect((await grant()).status).toBe(200), { timeoutMs: 30_000 });
  }, 90_000);

  it('policies can be neither read nor set, and what was set goes on holding', async () => {
    const path = '/api/v1/admin/policies/rate-limits';
    const token = admin.accessToken;
    const { policy } = (await auth.ask('GET', path, { token })).body.data;
    const given = { ...policy, ...WITHIN_BOUNDS, client_per_minute: 777 };
    expect((await auth.ask('PUT', path, { token, body: { ...given, version: 0 } })).status).toBe(200);
    await takeAway(mysql);
    expect(await inTime(auth.ask('GET', path, { token }))).toMatchObject({ status: 503 });
    const put = auth.ask('PUT', path, { token, body: { ...given, client_per_minute: 888, version: 1 } });
    expect(await inTime(put)).toMatchObject({ status: 503 });
    expect((await inTime(grant())).answer.headers['ratelimit-policy']).toContain('"client";q=777;w=60');
    mysql.resume();
    await eventually(
      async () => {
        const { body } = await auth.ask('GET', path, { token });
        // A change whose answer nobody got may have been made.
        expect([777, 888]).toContain(body.data.policy.client_per_minute);
      },
      { timeoutMs: 30_000 },
    );
  }, 90_000);
});

describe('with both away', () => {
  it('nothing is promised that nobody can keep (R4)', async () => {
    await takeAway(redis, mysql);
    await eventually(async () => expect((await auth.ask('GET', '/ready')).status).toBe(503));
    expect(await inTime(publicRevoke(person.refreshToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(publicRevoke(person.accessToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(grant())).toMatchObject(UNAVAILABLE);
    expect(await inTime(refresh(person.refreshToken))).toMatchObject(UNAVAILABLE);
    expect(await inTime(introspect(person.accessToken))).toMatchObject(UNAVAILABLE);
  }, 90_000);
});
