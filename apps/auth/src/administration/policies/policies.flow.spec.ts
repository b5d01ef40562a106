import { loadConfig } from '@gatehouse/config';
import { randomHex, SystemClock } from '@gatehouse/kernel';
import { silentLogger } from '@gatehouse/observability';
import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl, testFolder } from '@gatehouse/testing';
import { aPerson, signedIn, signIn, type SignedInPerson } from '../../../test/administrators.js';
import { opener } from '../../../test/databases.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { AuditLog } from '../../audit/audit-log.port.js';
import { authConfig } from '../../config/auth.config.js';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { WeakPassword } from '../../passwords/passwords.errors.js';
import { openAdministration } from '../first-admin/open-administration.js';
import { SqlPolicyStore } from './adapters/sql-policy-store.js';

const secrets = generateSecrets();
const shared = {
  KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
  ROOT_SIGNING_KEY: secrets.rootSigningKey,
};
const POLICY = { max_sessions_per_user: 2, idle_seconds: 600, absolute_seconds: 3_600 };

let env: Record<string, string>;
let first: RunningAuth;
let second: RunningAuth;
let admin: SignedInPerson;
beforeAll(async () => {
  env = { ...shared, REDIS_URL: await sharedRedisUrl(), DATABASE_URL: await freshMysqlDatabaseUrl() };
  [first, second] = await Promise.all([startAuth(env), startAuth(env)]);
  for (const auth of [first, second]) await isReady(auth);
  admin = await signedIn(first, ['user', 'admin']);
});
afterAll(() => Promise.all([first.close(), second.close()]));

const isReady = (auth: RunningAuth) =>
  eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
/** Instances look every two seconds; machines are slow. */
const SOON = { timeoutMs: 15_000, everyMs: 100 };

describe('the policy of sessions', () => {
  const path = '/api/v1/admin/policies/session';
  const put = (body: object) => first.ask('PUT', path, { token: admin.token, body });

  it('is what is configured until it is set, and then in force at all instances', async () => {
    const before = await first.ask('GET', path, { token: admin.token });
    expect(before.body.data).toMatchObject({ version: 0, policy: { max_sessions_per_user: 5 }, updated_by: null });
    expect((await put({ ...POLICY, version: 0 })).body.data).toMatchObject({ version: 1, updated_by: admin.user.id });
    await eventually(
      async () => {
        const person = await aPerson(second);
        for (let n = 0; n < 3; n++) await signIn(second, person);
        const { token } = await signIn(second, person);
        const { body } = await second.ask('GET', '/api/v1/sessions', { token });
        expect(body.data.count).toBe(2);
        const [session] = body.data.sessions;
        const lifeMs = Date.parse(session.absolute_expires_at) - Date.parse(session.created_at);
        expect(lifeMs).toBe(3_600_000);
      },
      { timeoutMs: 10_000, everyMs: 200 },
    );
  });

  it('says what happens at the limit and how long one is remembered; what it leaves out is as configured', async () => {
    const { version, policy } = (await first.ask('GET', path, { token: admin.token })).body.data;
    expect(policy).toMatchObject({ at_limit: 'evict_oldest', remember_me_seconds: 2_592_000 });
    const denying = { ...POLICY, at_limit: 'deny', remember_me_seconds: 7_200, version };
    expect((await put(denying)).body.data.policy).toMatchObject({ at_limit: 'deny', remember_me_seconds: 7_200 });
    const person = await aPerson(first);
    for (let n = 0; n < 2; n++) await signIn(first, person);
    const body = { email: person.email, password: person.password };
    const refused = await first.ask('POST', '/api/v1/auth/signin', { body });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'SESSION_LIMIT']);
    const again = await put({ ...POLICY, version: version + 1 });
    expect(again.body.data.policy).toMatchObject({ at_limit: 'evict_oldest', remember_me_seconds: 2_592_000 });
    await signIn(first, person);
  });

  it('is not overwritten by somebody who has not read it', async () => {
    const { version } = (await first.ask('GET', path, { token: admin.token })).body.data;
    const answers = await Promise.all([1, 2, 3].map((n) => put({ ...POLICY, idle_seconds: 600 + n, version })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await put({ ...POLICY, version: 0 })).body.error.code).toBe('POLICY_CHANGED');
  });

  it('takes no figure that makes no sense', async () => {
    for (const change of [
      { max_sessions_per_user: 0 },
      { idle_seconds: 1.5 },
      { absolute_seconds: 1e12 },
      { remember_me_seconds: 59 },
      { remember_me_seconds: null },
      { at_limit: 'evict_newest' },
      { at_limit: ['deny'] },
      { extra: 1 },
    ]) {
      expect((await put({ ...POLICY, version: 0, ...change })).body.error.code).toBe('VALIDATION_ERROR');
    }
  });
});

describe('the policy of passwords', () => {
  const path = '/api/v1/admin/policies/password';
  const GIVEN = { min_length: 20, check_breaches: false, refused_words: ['Northwind Traders'] };
  const put = (body: object) => first.ask('PUT', path, { token: admin.token, body });
  const get = async (auth = first) => (await auth.ask('GET', path, { token: admin.token })).body.data;
  const signUp = (auth: RunningAuth, password: string) =>
    auth.ask('POST', '/api/v1/auth/signup', { body: { email: `p-${randomHex(6)}@example.test`, password } });

  it('is what is configured until it is set, and then in force at all instances, with who set it and when', async () => {
    expect(await get()).toEqual({
      policy: { min_length: 8, check_breaches: false, refused_words: [] },
      version: 0,
      updated_at: null,
      updated_by: null,
    });
    const beforeMs = Date.now();
    const { body } = await put({ ...GIVEN, version: 0 });
    expect(body.data).toMatchObject({ policy: GIVEN, version: 1, updated_by: admin.user.id });
    expect(Date.parse(body.data.updated_at)).toBeGreaterThanOrEqual(beforeMs - 1_000);
    // At the instance that was asked at once, at the other soon.
    const refused = await signUp(first, 'nineteen characters');
    expect(refused.body.error).toMatchObject({ code: 'WEAK_PASSWORD', details: { min_length: 20 } });
    await eventually(async () => expect((await signUp(second, 'nineteen characters')).status).toBe(400), SOON);
    const word = await signUp(second, 'NORTHWIND-TRADERS-2026');
    expect(word.body.error.details.reasons).toEqual(['names_you_or_us']);
    expect((await signUp(second, 'twenty characters at last')).status).toBe(201);
    expect(await get(second)).toEqual(body.data);
  });

  it('keeps nobody from signing in with the password they have', async () => {
    const person = await aPerson(first);
    expect(person.password.length).toBeLessThan((await get()).policy.min_length + 10);
    const { version } = await get();
    expect((await put({ ...GIVEN, min_length: 64, version })).status).toBe(200);
    await signIn(first, person);
    expect((await put({ ...GIVEN, version: version + 1 })).status).toBe(200);
  });

  it('is never weaker than what is built in, and never asks for more than anybody can give (A1, A2)', async () => {
    const before = await get();
    for (const change of [
      { min_length: 7 },
      { min_length: 0 },
      { min_length: -8 },
      { min_length: 65 },
      { min_length: 8.5 },
      { min_length: '12' },
      { min_length: null },
      { check_breaches: 'false' },
      { refused_words: ['ab'] },
      { refused_words: ['x'.repeat(65)] },
      { refused_words: ['a\u0000bc'] },
      { refused_words: ['same', 'same'] },
      { refused_words: [7] },
      { refused_words: 'word' },
      { refused_words: Array.from({ length: 101 }, (_, n) => `word ${n}`) },
      { common: false },
    ]) {
      const { status, body } = await put({ ...GIVEN, version: before.version, ...change });
      expect([change, status, body.error?.code]).toEqual([change, 400, 'VALIDATION_ERROR']);
    }
    const { min_length: _left, ...incomplete } = GIVEN;
    expect((await put({ ...incomplete, version: before.version })).status).toBe(400);
    expect(await get()).toEqual(before);
    // Nor can the list of common ones be set aside.
    expect((await signUp(first, 'password1234567890')).status).toBe(400);
  });

  it('is in the audit log with what it says, who said so and in which request', async () => {
    const record = jest.spyOn(first.app.get(AuditLog), 'record');
    const { version } = await get();
    const answer = await put({ ...GIVEN, min_length: 16, refused_words: ['one two', 'three'], version });
    expect(record.mock.calls.map(([event]) => event)).toContainEqual({
      kind: 'policy.changed',
      actorId: admin.user.id,
      ipAddress: '127.0.0.1',
      requestId: answer.headers['x-request-id'],
      details: {
        policy: 'password',
        version: version + 1,
        min_length: 16,
        check_breaches: false,
        refused_words: 'one two three',
      },
    });
    record.mockRestore();
  });

  it('is in force from the first request of an instance that starts later, and for accounts made on the machine', async () => {
    const later = await startAuth(env);
    expect((await get(later)).version).toBeGreaterThan(1);
    await isReady(later);
    expect((await signUp(later, 'fifteen letters')).body.error.details.min_length).toBe(16);
    await later.close();
    const settings = loadConfig(authConfig, {
      ...env,
      DATA_DIR: testFolder('policies'),
      PUBLIC_URL: 'http://auth.test',
    });
    const { makeAdmin, close } = await openAdministration(settings, silentLogger);
    try {
      const made = makeAdmin.run({ email: 'cli@example.test', name: undefined, password: 'fifteen letters' });
      await expect(made).rejects.toThrow(WeakPassword);
    } finally {
      await close();
    }
  });

  it('holds to its bounds though somebody writes to the database by hand', async () => {
    const { version, policy } = await get();
    const { dataSource } = await (await opener(env['DATABASE_URL']!))();
    const store = new SqlPolicyStore(dataSource, new SystemClock());
    const forged = { min_length: 1, check_breaches: 'no', refused_words: ['fine'], unknown: 1 } as never;
    expect(await store.replace('password', version, forged, admin.user.id)).toBeDefined();
    expect((await get()).policy).toEqual({ min_length: 8, check_breaches: false, refused_words: ['fine'] });
    expect((await put({ ...policy, version: version + 1 })).status).toBe(200);
  });
});

describe('the policy of limits', () => {
  const path = '/api/v1/admin/policies/rate-limits';
  const GIVEN = {
    signin_per_minute: 4,
    pair_per_hour: 20,
    api_per_minute: 100,
    client_per_minute: 10,
    signin_free_failures: 0,
    signin_delay_max_seconds: 60,
  };
  /** The strictest that may be set. */
  const STRICTEST = { ...GIVEN, signin_per_minute: 3, pair_per_hour: 10, api_per_minute: 60 };
  let limited: RunningAuth[];
  let hosts = 0;
  const anAddress = () => `198.18.7.${++hosts}`;
  const from = (ip: string) => ({ 'x-forwarded-for': ip });
  const put = (body: object, token = admin.token) => limited[0]!.ask('PUT', path, { token, body });
  const get = async (auth = limited[0]!) => (await auth.ask('GET', path, { token: admin.token })).body.data;
  const guess = (auth: RunningAuth, email: string) =>
    auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: 'wrong' }, headers: from(anAddress()) });

  beforeAll(async () => {
    const on = { ...env, RATE_LIMIT_ENABLED: 'true', TRUSTED_PROXIES: '127.0.0.1' };
    limited = await Promise.all([startAuth(on), startAuth(on)]);
    for (const auth of limited) await isReady(auth);
  });
  afterAll(() => Promise.all(limited.map((auth) => auth.close())));

  it('is in force at all instances within seconds, and says so in every header', async () => {
    expect(await get()).toMatchObject({
      policy: { signin_per_minute: 10, api_per_minute: 600 },
      version: 0,
      enabled: true,
    });
    expect((await first.ask('GET', path, { token: admin.token })).body.data.enabled).toBe(false);
    const { body } = await put({ ...GIVEN, version: 0 });
    expect(body.data).toMatchObject({ policy: GIVEN, version: 1, updated_by: admin.user.id });
    for (const auth of limited) {
      await eventually(async () => {
        const { headers } = await guess(auth, `${randomHex(4)}@example.test`);
        expect(headers['ratelimit-policy']).toBe(
          '"api";q=100;w=60, "signin";q=4;w=60, "account";q=4;w=60, "pair";q=20;w=3600',
        );
      }, SOON);
    }
    const email = `${randomHex(4)}@example.test`;
    const answers = [await guess(limited[0]!, email), await guess(limited[1]!, email)];
    // The first wrong password costs a delay already.
    expect(answers.map(({ status }) => status)).toEqual([401, 429]);
    const form = {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...from(anAddress()) },
      body: 'x=1',
    };
    const { headers } = await limited[1]!.ask('POST', '/api/v1/auth/token', form);
    expect(headers['ratelimit-policy']).toBe('"api";q=100;w=60, "client";q=10;w=60');
  });

  it('can be set so that it limits nothing, or keeps everybody out, by nobody', async () => {
    const before = await get();
    for (const change of [
      { signin_per_minute: 2 },
      { signin_per_minute: 0 },
      { signin_per_minute: 1_001 },
      { pair_per_hour: 9 },
      { api_per_minute: 59 },
      { api_per_minute: 1_000_001 },
      { client_per_minute: 0 },
      { signin_free_failures: -1 },
      { signin_free_failures: 101 },
      { signin_delay_max_seconds: 59 },
      { signin_delay_max_seconds: 86_401 },
      { api_per_minute: 1e300 },
      { api_per_minute: '600' },
      { enabled: false },
    ]) {
      const { status, body } = await put({ ...GIVEN, version: before.version, ...change });
      expect([change, status, body.error?.code]).toEqual([change, 400, 'VALIDATION_ERROR']);
    }
    expect(await get()).toEqual(before);
  });

  it('however strict, lets an administrator who signs in set it right again', async () => {
    const before = await get();
    expect((await put({ ...STRICTEST, version: before.version })).status).toBe(200);
    // Somebody uses up all that the address has at sign-in; the administrator knows their network and device no better.
    const ip = anAddress();
    const { email, password } = await aPerson(limited[0]!, ['user', 'admin']);
    const signedInAgain = await limited[0]!.ask('POST', '/api/v1/auth/signin', {
      body: { email, password },
      headers: from(ip),
    });
    expect(signedInAgain.status).toBe(200);
    const token = signedInAgain.body.data.access_token as string;
    const { version } = await get();
    expect((await put({ ...GIVEN, version }, token)).status).toBe(200);
  });

  it('is not overwritten by somebody who has not read it, and another policy is another matter', async () => {
    const { version } = await get();
    const answers = await Promise.all([1, 2, 3].map((n) => put({ ...GIVEN, pair_per_hour: 20 + n, version })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const passwords = await first.ask('GET', '/api/v1/admin/policies/password', { token: admin.token });
    expect(passwords.body.data.policy.min_length).toBe(16);
  });
});
