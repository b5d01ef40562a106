import { randomHex } from '@gatehouse/kernel';
import { listRoutes } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { freshMysqlDatabaseUrl, startRedis } from '@gatehouse/testing';
import { aPerson, signedIn, signIn } from '../../test/administrators.js';
import { startReadyAuth } from '../../test/mailbox.js';
import { type Answer, type Ask, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { toldApart } from '../../test/timing.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { mintDeviceToken } from '../devices/device-credential.js';
import { DeviceRegistry } from '../devices/device-registry.port.js';
import { Argon2PasswordHasher } from '../passwords/adapters/argon2-password-hasher.js';
import { HashingQueue } from '../passwords/hashing-queue.js';
import type { UserChange } from '../users/user.js';
import { UserRepository } from '../users/user-repository.port.js';

const SIGN_IN = '/api/v1/auth/signin';
/** Costs enough for a missing or a cheaper hash to be seen, and little enough for hundreds of them. */
const hasher = new Argon2PasswordHasher(new HashingQueue({ concurrency: 2, queue: 1_000, maxWaitMs: 60_000 }), {
  memoryKib: 8_192,
  passes: 1,
  lanes: 1,
});

/** States of an account in which its password alone does not do, and what is then said to whoever knows it. */
const STATES: readonly (readonly [state: string, change: UserChange, code: string])[] = [
  ['disabled', { disabledAtMs: 1 }, 'ACCOUNT_DISABLED'],
  ['told to set a new password', { mustResetPassword: true }, 'PASSWORD_RESET_REQUIRED'],
  ['yet to prove its address', { emailVerifiedAtMs: null }, 'EMAIL_NOT_VERIFIED'],
];

let auth: RunningAuth;
beforeAll(async () => {
  const env = { REQUIRE_VERIFIED_EMAIL: 'true', MAIL_PER_ADDRESS_PER_HOUR: '1000', MAX_SESSIONS_PER_USER: '50' };
  auth = await startReadyAuth(env, { hasher });
});
afterAll(() => auth.close());

const nobody = () => `nobody-${randomHex(6)}@example.test`;
const post = (path: string, body: unknown, more: Ask = {}) => auth.ask('POST', path, { body, ...more });

/** An account in this state. */
async function anAccount(change: UserChange = {}, at = auth) {
  const person = await aPerson(at);
  if (Object.keys(change).length > 0) await at.app.get(UserRepository).change(person.user.id, change);
  return person;
}

/** Everything an answer says, but for what names the request and the moment. */
function told({ status, headers, text }: Answer) {
  const { date: _date, 'x-request-id': _name, ...rest } = headers;
  return { status, headers: rest, text: text.replace(/"request_id":"[^"]*"/, '') };
}

describe('who has an account', () => {
  it.each([
    ['a wrong password', 'not the one'],
    ['one that is too long', 'x'.repeat(257)],
    ['one that is longer than a request may be', 'x'.repeat(20_000)],
    ['an empty one', ''],
  ])('is not told to whoever tries %s, whatever state the account is in (A9)', async (_what, password) => {
    const expected = told(await post(SIGN_IN, { email: nobody(), password }));
    expect(expected.status).toBeGreaterThanOrEqual(400);
    for (const [state, change] of [['fine', {}], ['to be erased', { eraseAtMs: 1 }], ...STATES] as const) {
      const { email } = await anAccount(change);
      expect([state, told(await post(SIGN_IN, { email, password }))]).toEqual([state, expected]);
    }
  });

  it('is not told by a stop-watch to whoever tries a password (A9, C15)', async () => {
    const accounts = await Promise.all([{}, ...STATES.map(([, change]) => change)].map((change) => anAccount(change)));
    let turn = 0;
    const attempt = async (email: string) =>
      expect((await post(SIGN_IN, { email, password: 'not the one' })).status).toBe(401);
    const found = await toldApart({
      known: () => attempt(accounts[turn++ % accounts.length]!.email),
      unknown: () => attempt(nobody()),
    });
    expect(found).toBeUndefined();
  }, 60_000);

  it('is not told while Redis is away either, by words or by a stop-watch (A9, C15)', async () => {
    const redis = await startRedis();
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const keys = { KEY_ENCRYPTION_KEY: keyEncryptionKey, ROOT_SIGNING_KEY: rootSigningKey };
    const stores = { REDIS_URL: redis.url, DATABASE_URL: await freshMysqlDatabaseUrl() };
    const shared = await startReadyAuth({ ...keys, ...stores, REQUIRE_VERIFIED_EMAIL: 'true' }, { hasher });
    const people = await Promise.all(
      [{}, ...STATES.map(([, change]) => change)].map((change) => anAccount(change, shared)),
    );
    await redis.kill();
    const attempt = async (email: string) => {
      const answer = await shared.ask('POST', SIGN_IN, { body: { email, password: 'not the one' } });
      expect([answer.status, answer.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
      return told(answer);
    };
    const expected = await attempt(nobody());
    for (const { email } of people) expect(await attempt(email)).toEqual(expected);
    let turn = 0;
    const found = await toldApart({
      known: () => attempt(people[turn++ % people.length]!.email),
      unknown: () => attempt(nobody()),
    });
    expect(found).toBeUndefined();
    await shared.close();
  }, 60_000);

  it('is not told by a stop-watch to whoever asks for a new password, or another proof of the address (A9, C15)', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, () => anAccount({ emailVerifiedAtMs: null })));
    for (const path of ['/api/v1/auth/password/forgot', '/api/v1/auth/email/resend']) {
      let turn = 0;
      const ask = async (email: string) => expect((await post(path, { email })).status).toBe(202);
      const found = await toldApart({
        known: () => ask(accounts[turn++ % accounts.length]!.email),
        unknown: () => ask(nobody()),
      });
      expect([path, found]).toEqual([path, undefined]);
    }
  }, 60_000);

  it('is not told by a stop-watch to whoever is refused for too many attempts, with a device of theirs (A9, C15)', async () => {
    const limit = '5';
    const env = { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_SIGNIN_PER_MINUTE: limit, TRUSTED_PROXIES: '127.0.0.1' };
    // No delay, which would be over before the window is.
    const more = { RATE_LIMIT_API_PER_MINUTE: '1000000', SIGNIN_FREE_FAILURES: '100' };
    const limited = await startReadyAuth({ ...env, ...more });
    let networks = 0;
    const { text: device_token } = mintDeviceToken();
    const knock = (body: object) => {
      const headers = { 'x-forwarded-for': `198.18.${++networks >> 8}.${networks & 255}` };
      return limited.ask('POST', SIGN_IN, { body, headers });
    };
    const { email, password } = await aPerson(limited);
    // Devices and networks it knows.
    for (let n = 0; n < 3; n++) expect((await knock({ email, password })).status).toBe(200);
    const other = nobody();
    for (const address of [email, other]) {
      for (let n = 0; n < Number(limit); n++) await knock({ email: address, password: 'not the one' });
    }
    const refused = async (address: string) =>
      expect((await knock({ email: address, password: 'not the one', device_token })).status).toBe(429);
    const found = await toldApart({ known: () => refused(email), unknown: () => refused(other) });
    expect(found).toBeUndefined();
    await limited.close();
  }, 60_000);

  it('is told at sign-up, where somebody has to be told, but to nobody who asks often (A10)', async () => {
    const limited = await startAuth({ RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_SIGNIN_PER_MINUTE: '3' });
    const taken = await Promise.all(Array.from({ length: 5 }, () => aPerson(limited)));
    const statuses: number[] = [];
    for (const { email } of taken) {
      const body = { email, password: 'correct horse battery' };
      statuses.push((await limited.ask('POST', '/api/v1/auth/signup', { body })).status);
    }
    expect(statuses).toEqual([409, 409, 409, 429, 429]);
    await limited.close();
  });

  it('is not told by a stop-watch at sign-up either, where it tells nobody (A10)', async () => {
    const untold = await startReadyAuth(
      { SIGNUP_ENUMERATION_SAFE: 'true', MAIL_PER_ADDRESS_PER_HOUR: '1000' },
      { hasher },
    );
    const taken = await Promise.all(Array.from({ length: 8 }, () => aPerson(untold)));
    let turn = 0;
    const signUp = async (email: string) => {
      const body = { email, password: 'correct horse battery' };
      expect((await untold.ask('POST', '/api/v1/auth/signup', { body })).status).toBe(202);
    };
    const found = await toldApart({
      known: () => signUp(taken[turn++ % taken.length]!.email),
      unknown: () => signUp(nobody()),
    });
    expect(found).toBeUndefined();
    await untold.close();
  }, 60_000);

  it('which session is whose is not told by a stop-watch either (B6)', async () => {
    const [me, her] = [await signedIn(auth), await signedIn(auth)];
    for (const method of ['GET', 'DELETE']) {
      const ask = async (id: string) =>
        expect((await auth.ask(method, `/api/v1/sessions/${id}`, { token: me.token })).status).toBe(404);
      const found = await toldApart({ known: () => ask(her.sessionId), unknown: () => ask(randomHex(32)) });
      expect([method, found]).toEqual([method, undefined]);
    }
  }, 60_000);

  it('would be told by this stop-watch if half a millisecond of work told it', async () => {
    const work = async (ms: number) => {
      const endMs = performance.now() + ms;
      while (performance.now() < endMs);
    };
    expect(await toldApart({ known: () => work(1), unknown: () => work(0.5) })).toBeDefined();
    expect(await toldApart({ known: () => work(0.5), unknown: () => work(0.5) })).toBeUndefined();
  });
});

describe('a sign-in that is not complete', () => {
  it.each(STATES)(
    'to an account that is %s gives nothing that opens anything, though the password is right (C12)',
    async (_state, change, code) => {
      const { user, email, password } = await anAccount(change);
      const answer = await post(SIGN_IN, { email, password });
      expect([answer.status, answer.body.error.code]).toEqual([403, code]);
      expect(answer.headers['x-session-id']).toBeUndefined();
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(Object.keys(answer.body)).toEqual(['success', 'error']);
      expect(Object.keys(answer.body.error).sort()).toEqual(['code', 'message', 'request_id']);
      expect(await auth.app.get(SessionStore).list(user.id)).toEqual([]);
      // Nor a credential that would count as a known device.
      expect(await auth.app.get(DeviceRegistry).list(user.id)).toEqual([]);
    },
  );

  it('is not completed by what was let in elsewhere: the token of before stays what it is after a step-up (C12)', async () => {
    const admin = await signedIn(auth, ['user', 'admin']);
    const { refreshToken: refresh_token, sessionId, user } = admin;
    await auth.app.get(SessionStore).amend(user.id, sessionId, { authenticatedAtMs: Date.now() - 3_600_000 });
    const token = (await post('/api/v1/auth/refresh', { refresh_token })).body.data.access_token as string;
    const write = async (with_: string) => {
      const body = { name: `role-${randomHex(4)}`, permissions: [] };
      const { status, body: answer } = await post('/api/v1/admin/roles', body, { token: with_ });
      return answer.error?.code ?? status;
    };
    // Verified, and remembered as verified, by a route that asks for less.
    expect((await auth.ask('GET', '/api/v1/admin/roles', { token })).status).toBe(200);
    expect(await write(token)).toBe('STEP_UP_REQUIRED');
    const stepped = await post('/api/v1/auth/step-up', { password: admin.password }, { token });
    expect(await write(stepped.body.data.access_token as string)).toBe(201);
    expect(await write(token)).toBe('STEP_UP_REQUIRED');
  });
});

describe('what somebody else has planted', () => {
  it('before a sign-in names nobody’s session after it (C11)', async () => {
    const attacker = await signedIn(auth);
    const victim = await aPerson(auth);
    const made = 'a'.repeat(64);
    for (const planted of [attacker.sessionId, made]) {
      const headers = {
        'x-session-id': planted,
        cookie: `session=${planted}; session_id=${planted}; sid=${planted}; connect.sid=${planted}`,
        authorization: `Bearer ${attacker.token}`,
      };
      const { email, password } = victim;
      const answer = await post(SIGN_IN, { email, password }, { headers });
      expect([answer.status, answer.body.data.user.id]).toEqual([200, victim.user.id]);
      expect(answer.headers['x-session-id']).not.toBe(planted);
      const token = answer.body.data.access_token as string;
      const asked = await auth.ask('GET', '/api/v1/sessions', { token, headers: { 'x-session-id': planted } });
      expect(asked.body.error.code).toBe('SESSION_NOT_OWNED');
    }
    const owner = await auth.app.get(SessionStore).list(victim.user.id);
    expect(owner.map(({ id }) => id)).not.toEqual(expect.arrayContaining([attacker.sessionId]));
    expect(owner.map(({ id }) => id)).not.toEqual(expect.arrayContaining([made]));
    // Theirs is still theirs, and nothing more.
    const me = await auth.ask('GET', '/api/v1/auth/me', { token: attacker.token });
    expect(me.body.data.user.id).toBe(attacker.user.id);
  });

  it('in a body is no member of it: a session, a token or a user cannot be chosen (C11, A14)', async () => {
    const { email, password } = await aPerson(auth);
    for (const extra of ['session_id', 'sid', 'session', 'user_id', 'access_token', 'refresh_token']) {
      const answer = await post(SIGN_IN, { email, password, [extra]: 'a'.repeat(64) });
      expect([extra, answer.status, answer.body.error.code]).toEqual([extra, 400, 'VALIDATION_ERROR']);
    }
  });

  it('does not outlive it either: each sign-in is a session and a token of its own (C11)', async () => {
    const person = await aPerson(auth);
    const all = [await signIn(auth, person), await signIn(auth, person), await signIn(auth, person)];
    for (const what of ['sessionId', 'token', 'refreshToken'] as const) {
      expect(new Set(all.map((one) => one[what])).size).toBe(3);
    }
  });
});

/** Headers a proxy would set, that came from the client itself. */
const SPOOFED: readonly Record<string, string>[] = [
  { 'x-user-id': '1', 'x-user-roles': 'admin', 'x-roles': 'admin' },
  { x_user_id: '1', x_forwarded_user: 'admin' },
  { 'x-forwarded-user': 'admin', 'x-forwarded-email': 'admin@example.test', 'x-remote-user': 'admin' },
  { 'x-forwarded-uri': '/health', 'x-original-url': '/health', 'x-rewrite-url': '/health' },
  { 'x-http-method-override': 'GET', 'x-method-override': 'GET' },
  { 'x-forwarded-access-token': 'x', 'x-access-token': 'x', 'x-auth-request-user': 'admin' },
  { connection: 'x-session-id, authorization' },
];

describe('headers that only a proxy may set', () => {
  it.each(SPOOFED.map((headers) => [Object.keys(headers).join(', '), headers] as const))(
    '%s make nobody somebody, and open no route (C14, R13)',
    async (_names, headers) => {
      const { token } = await signedIn(auth);
      for (const path of ['/api/v1/auth/me', '/api/v1/sessions', '/api/v1/admin/users']) {
        expect((await auth.ask('GET', path, { headers })).body.error.code).toBe('TOKEN_MISSING');
        expect((await post(path, {}, { headers })).status).toBeGreaterThanOrEqual(400);
      }
      const asAdmin = await auth.ask('GET', '/api/v1/admin/users', { token, headers });
      expect([asAdmin.status, asAdmin.body.error.code]).toEqual([403, 'FORBIDDEN']);
    },
  );

  it('do not say where somebody is, nor where the service is (C14, R13)', async () => {
    const headers = {
      host: 'evil.example.test',
      'x-forwarded-for': '203.0.113.7',
      'x-real-ip': '203.0.113.7',
      'true-client-ip': '203.0.113.7',
      'x-forwarded-host': 'evil.example.test',
      'x-forwarded-proto': 'http',
      forwarded: 'for=203.0.113.7;host=evil.example.test;proto=http',
    };
    const { email, password } = await aPerson(auth);
    const { body } = await post(SIGN_IN, { email, password }, { headers });
    expect(JSON.stringify(body.data.session)).not.toContain('203.0.113.7');
    expect(JSON.stringify(body.data.session)).toContain('127.0.0.1');
    const [, claims = ''] = String(body.data.access_token).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: 'http://auth.test' });
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const { text } = await auth.ask('GET', path, { headers });
      expect(text).toContain('http://auth.test');
      expect(text).not.toContain('evil');
    }
  });

  it('are believed of trusted proxies only, from the right: what stands left of that the client made up (C13, C14)', async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_SIGNIN_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' };
    const behindProxy = await startAuth(env);
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) {
      const headers = { 'x-forwarded-for': `203.0.113.${n}, 198.51.100.1`, x_forwarded_for: `203.0.113.${n}` };
      const body = { email: nobody(), password: 'not the one' };
      statuses.push((await behindProxy.ask('POST', SIGN_IN, { body, headers })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);

    // As some proxies write it: the port is another with each connection, the caller is not.
    const from = (told: string) => ({ headers: { 'x-forwarded-for': told } });
    const attempt = (told: string) =>
      behindProxy.ask('POST', SIGN_IN, { ...from(told), body: { email: nobody(), password: 'not the one' } });
    for (const told of ['198.51.100.1:40000', '[::ffff:198.51.100.1]:40001', '203.0.113.9, 198.51.100.1:40002']) {
      expect([told, (await attempt(told)).status]).toEqual([told, 429]);
    }
    expect((await attempt('198.51.100.2:40000')).status).toBe(401);
    const { email, password } = await aPerson(behindProxy);
    const signIn = { ...from('[2001:DB8::7]:40000'), body: { email, password } };
    expect((await behindProxy.ask('POST', SIGN_IN, signIn)).body.data.session.ip_address).toBe('2001:db8::7');
    // What is no address tells nothing: all of it is the proxy.
    const statusesOfNone: number[] = [];
    for (let n = 0; n < 4; n++) statusesOfNone.push((await attempt(`no address ${'x'.repeat(100)} ${n}`)).status);
    expect(statusesOfNone).toEqual([401, 401, 401, 429]);
    await behindProxy.close();
  });
});

describe('an address to go on to', () => {
  const places = [
    '//evil.example.test',
    '/\\evil.example.test',
    'https:evil.example.test',
    '%2f%2fevil.example.test',
    '/%09/evil.example.test',
    'javascript:alert(1)//evil.example.test',
    '\0https://evil.example.test',
    'http://auth.test@evil.example.test',
  ];
  const names = [
    'returnTo',
    'return_to',
    'redirect',
    'redirect_uri',
    'post_logout_redirect_uri',
    'next',
    'url',
    'state',
  ];

  it('is taken by no route, wherever it stands: nobody is sent anywhere (R8, C24)', async () => {
    const routes = listRoutes(auth.app, 'session-validator:access');
    expect(routes.length).toBeGreaterThan(50);
    const { token } = await signedIn(auth);
    const found: string[] = [];
    for (const { method, path: pattern } of routes) {
      const path = pattern.replace(/:\w+/g, 'x').replace('*', 'x');
      // It never ends by itself.
      if (path.endsWith('/stream') || path.endsWith('/events')) continue;
      for (const place of places) {
        const query = new URLSearchParams(Object.fromEntries(names.map((name) => [name, place]))).toString();
        // Without a token where a body could do something.
        const given = method === 'GET' ? { token } : {};
        const { status, headers, text } = await auth.ask(method, `${path}?${query}`, given);
        const isSent = (status >= 300 && status < 400) || 'location' in headers || 'refresh' in headers;
        if (isSent || text.includes('evil.example')) found.push(`${method} ${path} with ${place}: ${status}`);
      }
    }
    expect(found).toEqual([]);
  }, 60_000);

  it.each([
    '//evil.example.test/',
    '//evil.example.test/%2e%2e',
    '/docs//evil.example.test/..',
    '/\\evil.example.test',
  ])('is no path: %s leads nowhere (R8, C24)', async (path) => {
    const { status, headers } = await auth.ask('GET', path);
    expect([400, 403, 404]).toContain(status);
    expect(headers['location']).toBeUndefined();
  });
});
