import { randomBytes } from 'node:crypto';
import { listRoutes } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { eventually } from '@gatehouse/testing';
import { aPerson, aRole, signedIn } from '../../test/administrators.js';
import { Browser, type BrowserAsk, type SocketAnswer } from '../../test/browser.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { OwnTokens } from '../access/own-tokens.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-settings.js';
import { CsrfTokens } from './csrf-tokens.js';

const OWN = 'https://auth.test';
const APP = 'https://app.test';
const ENV = { COOKIE_MODE: 'on', PUBLIC_URL: OWN, COOKIE_ORIGINS: APP };
const SIGN_IN = '/api/v1/auth/signin';
const SIGN_OUT = '/api/v1/auth/signout';
const REFRESH = '/api/v1/auth/refresh';
const CSRF = '/api/v1/auth/csrf';
const ME = '/api/v1/auth/me';

const codeOf = ({ status, body }: SocketAnswer) => `${status} ${body?.error?.code ?? ''}`.trim();
const REFUSED = '403 CSRF_FAILED';
const AMBIGUOUS = '400 VALIDATION_ERROR';

/** Headers of a page that is not ours, or that does not say whose it is. */
const FOREIGN: [string, BrowserAsk][] = [
  ['another site', { origin: 'https://evil.test' }],
  ['a name that begins like ours', { origin: `${APP}.evil.test` }],
  ['a neighbouring host', { origin: 'https://evil.auth.test' }],
  ['another port', { origin: `${APP}:8443` }],
  ['plain http', { origin: 'http://app.test' }],
  ['another spelling', { origin: 'HTTPS://APP.TEST' }],
  ['an address, not an origin', { origin: `${APP}/` }],
  ['a sandboxed frame', { origin: 'null' }],
  ['an empty origin', { origin: '' }],
  ['two origins', { headers: { origin: [APP, 'https://evil.test'] } }],
  ['nowhere', { origin: null }],
  ['nowhere, on a neighbouring host', { origin: null, headers: { 'sec-fetch-site': 'same-site' } }],
  ['nowhere, typed by hand', { origin: null, headers: { 'sec-fetch-site': 'none' } }],
  ['our origin, on another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['nowhere, with a friendly proxy', { origin: null, headers: { 'x-forwarded-host': 'app.test', referer: `${APP}/` } }],
];

describe('whoever attacks a browser that lives on cookies', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth(ENV);
  });
  afterAll(() => auth.close());

  const aBrowser = (origin = APP) => Browser.of(auth, origin);
  async function aVictim() {
    const [browser, person] = [await aBrowser(), await aPerson(auth)];
    const sessionId = (await browser.signIn(person)).body.data.session.id as string;
    const isLive = async () => (await auth.app.get(SessionStore).find(person.user.id, sessionId)) !== undefined;
    return { browser, person, sessionId, isLive, csrf: browser.csrf! };
  }
  const change = { body: { name: 'Mallory' } };
  const nameOf = async (browser: Browser) => (await browser.ask('GET', ME)).body.data.user.name as string | null;

  it.each(FOREIGN)('changes nothing from %s (B11, C24)', async (_page, given) => {
    const { browser, isLive } = await aVictim();
    const before = browser.cookieNames;
    for (const [method, path, body] of [
      ['PATCH', ME, change],
      ['POST', SIGN_OUT, {}],
      ['POST', REFRESH, {}],
    ] as const) {
      const answer = await browser.ask(method, path, { ...body, ...given });
      expect([path, codeOf(answer), answer.headers['set-cookie']]).toEqual([path, REFUSED, undefined]);
    }
    expect([await isLive(), await nameOf(browser), browser.cookieNames]).toEqual([true, null, before]);
  });

  it.each(FOREIGN)('signs nobody in from %s (login CSRF)', async (_page, given) => {
    const [browser, attacker] = [await aBrowser(), await aPerson(auth)];
    const body = { email: attacker.email, password: attacker.password, tokens_in: 'cookie' };
    const answer = await browser.ask('POST', SIGN_IN, { body, ...given });
    expect([codeOf(answer), answer.headers['set-cookie']]).toEqual([REFUSED, undefined]);
    expect(await auth.app.get(SessionStore).list(attacker.user.id)).toEqual([]);
  });

  it.each([
    ['of the service', OWN, {}],
    ['of the application', APP, {}],
    ['of the application, on the same site', APP, { headers: { 'sec-fetch-site': 'same-site' } }],
    ['that only says it is of the same origin', APP, { origin: null, headers: { 'sec-fetch-site': 'same-origin' } }],
  ] as const)('does not keep out a page %s', async (_page, origin, given) => {
    const [browser, person] = [await aBrowser(origin), await aPerson(auth)];
    await browser.signIn(person);
    expect((await browser.ask('PATCH', ME, { body: { name: 'Ada' }, ...given })).status).toBe(200);
  });

  it('has to know a proof of this very session, in the header', async () => {
    const { browser, csrf } = await aVictim();
    const other = await aVictim();
    const last = csrf.endsWith('A') ? 'E' : 'A';
    const wrong = [
      '',
      'x',
      csrf.slice(0, -1),
      `${csrf.slice(0, -1)}${last}`,
      `${csrf}=`,
      `${csrf}, ${csrf}`,
      other.csrf,
      new CsrfTokens(randomBytes(32)).mint(other.sessionId),
      `${csrf.split('.')[0]}.${other.csrf.split('.')[1]}`,
    ];
    for (const token of wrong) {
      const answer = await browser.ask('PATCH', ME, { ...change, headers: { 'x-csrf-token': token } });
      expect([token, codeOf(answer)]).toEqual([token, REFUSED]);
    }
    browser.csrf = undefined;
    const elsewhere: [string, BrowserAsk][] = [
      [ME, change],
      [`${ME}?csrf_token=${csrf}&X-CSRF-Token=${csrf}`, change],
      [ME, { body: { ...change.body, csrf_token: csrf } }],
      [ME, { ...change, cookie: `${browser.cookiesFor(ME)}; X-CSRF-Token=${csrf}` }],
      [ME, { ...change, headers: { 'x-xsrf-token': csrf } }],
      [ME, { ...change, headers: { 'x-csrf-token': [csrf, csrf] } }],
    ];
    for (const [path, given] of elsewhere) expect(codeOf(await browser.ask('PATCH', path, given))).toBe(REFUSED);
    expect(await nameOf(browser)).toBeNull();
    browser.csrf = csrf;
    expect((await browser.ask('PATCH', ME, change)).status).toBe(200);
  });

  it('finds no route that asks for less: every one that may change something, without proof and from elsewhere', async () => {
    const { browser, isLive, csrf } = await aVictim();
    const routes = listRoutes(auth.app, 'session-validator:access').filter(
      ({ access, method }) => access === 'guarded' && method !== 'GET',
    );
    expect(routes.length).toBeGreaterThan(30);
    for (const { method, path } of routes) {
      const url = path.replace(/:\w+/g, 'a'.repeat(64));
      browser.csrf = undefined;
      const unproven = await browser.ask(method, url);
      browser.csrf = csrf;
      const foreign = await browser.ask(method, url, { origin: 'https://evil.test' });
      expect([method, path, codeOf(unproven), codeOf(foreign)]).toEqual([method, path, REFUSED, REFUSED]);
    }
    expect(await isLive()).toBe(true);
  });

  it('is not asked for a proof by what only reads, nor by what no cookie is for', async () => {
    const { browser } = await aVictim();
    browser.csrf = undefined;
    for (const method of ['GET', 'HEAD']) expect((await browser.ask(method, ME, { origin: null })).status).toBe(200);
    const { email, password } = await aPerson(auth);
    const body = { email, password };
    const bearer = await browser.ask('POST', SIGN_IN, { body, origin: null });
    expect(bearer.body.data.access_token).toEqual(expect.any(String));
    expect(bearer.headers).not.toHaveProperty('set-cookie');
    expect((await browser.ask('POST', '/api/v1/auth/password/forgot', { body: { email }, origin: null })).status).toBe(
      202,
    );
  });

  it('cannot say which session is meant: two access cookies, or a cookie and a token (R1, R2)', async () => {
    const { browser, person } = await aVictim();
    const other = await signedIn(auth);
    const cookie = browser.cookiesFor(ME);
    const planted = `${ACCESS_COOKIE}=${other.token}`;
    for (const both of [`${planted}; ${cookie}`, `${cookie}; ${planted}`, `${cookie}; ${cookie}`]) {
      expect(codeOf(await browser.ask('GET', ME, { cookie: both }))).toBe(AMBIGUOUS);
      expect(codeOf(await browser.ask('PATCH', ME, { ...change, cookie: both }))).toBe(AMBIGUOUS);
      expect(codeOf(await browser.ask('GET', CSRF, { cookie: both }))).toBe(AMBIGUOUS);
    }
    for (const authorization of [`Bearer ${other.token}`, `bearer ${other.token}`, 'Bearer x, Bearer y']) {
      const answer = await browser.ask('GET', ME, { headers: { authorization } });
      expect([codeOf(answer), answer.headers['www-authenticate']]).toEqual([
        AMBIGUOUS,
        'Bearer realm="gatehouse", error="invalid_request"',
      ]);
      expect(codeOf(await browser.ask('POST', SIGN_OUT, { headers: { authorization } }))).toBe(AMBIGUOUS);
    }
    for (const refresh_token of [other.refreshToken, '']) {
      expect(codeOf(await browser.ask('POST', REFRESH, { body: { refresh_token } }))).toBe(AMBIGUOUS);
    }
    const basic = await browser.ask('GET', ME, { headers: { authorization: 'Basic c3RhZ2luZzp4' } });
    expect(basic.body.data.user.id).toBe(person.user.id);
  });

  it('plants a refresh cookie from a neighbouring host, and it counts for nothing (cookie tossing)', async () => {
    const attacker = await signedIn(auth);
    const alone = await aBrowser();
    alone.plant(REFRESH_COOKIE, attacker.refreshToken, '/api/v1/auth');
    expect(codeOf(await alone.ask('POST', REFRESH))).toBe('401 REFRESH_INVALID');
    expect(codeOf(await alone.ask('GET', CSRF))).toBe('401 TOKEN_MISSING');

    const { browser, sessionId } = await aVictim();
    const ours = browser.cookiesFor(REFRESH);
    const planted = `${REFRESH_COOKIE}=${attacker.refreshToken}`;
    for (const cookie of [`${planted}; ${ours}`, `${ours}; ${planted}`]) {
      const answer = await browser.ask('POST', REFRESH, { cookie });
      expect([answer.status, answer.headers['x-session-id']]).toEqual([200, sessionId]);
    }
    const fresh = await aVictim();
    const access = `${ACCESS_COOKIE}=${fresh.browser.cookie(ACCESS_COOKIE)!.value}`;
    expect(codeOf(await fresh.browser.ask('POST', REFRESH, { cookie: `${access}; ${planted}` }))).toBe(
      '401 REFRESH_INVALID',
    );
    expect(await fresh.isLive()).toBe(true);
    expect(await auth.app.get(SessionStore).find(attacker.user.id, attacker.sessionId)).toBeDefined();
  });

  it.each([
    ['a blank that only lenient servers cut off', (name: string) => `\u00a0${name}`],
    ['a blank in front of the prefix', (name: string) => `\u0085${name}`],
    ['another case', (name: string) => name.replace('Host', 'HOST')],
    ['quotes', (name: string) => `"${name}"`],
    ['an escape', (name: string) => name.replace('H', '%48')],
  ])('smuggles a name past the browser with %s, and it is another name', async (_trick, disguised) => {
    const { browser } = await aVictim();
    const cookie = `${disguised(ACCESS_COOKIE)}=${browser.cookie(ACCESS_COOKIE)!.value}`;
    expect(codeOf(await browser.ask('GET', ME, { cookie }))).toBe('401 TOKEN_MISSING');
    expect(codeOf(await browser.ask('GET', CSRF, { cookie }))).toBe('401 TOKEN_MISSING');
  });

  it('sends cookies too large, too many and of no sense, and gets a plain refusal', async () => {
    const { browser } = await aVictim();
    const own = browser.cookie(ACCESS_COOKIE)!.value;
    const nonsense = ['', 'x', 'a.b.c', 'a.bnVsbA.c', `${own}x`, own.slice(0, -4), '"', 'a b', '\u00e9', `a.${own}`];
    for (const value of nonsense) {
      const cookie = `${ACCESS_COOKIE}=${value}`;
      expect(codeOf(await browser.ask('GET', ME, { cookie }))).toMatch(/^(400 VALIDATION_ERROR|401 TOKEN_\w+)$/);
      expect(codeOf(await browser.ask('PATCH', ME, { ...change, cookie }))).toMatch(
        /^(403 CSRF_FAILED|401 TOKEN_INVALID)$/,
      );
      expect((await browser.ask('GET', CSRF, { cookie })).status).toBe(401);
    }
    expect(codeOf(await browser.ask('GET', ME, { cookie: `${ACCESS_COOKIE}=${'a'.repeat(9_000)}` }))).toBe(
      '401 TOKEN_INVALID',
    );
    expect((await browser.ask('GET', ME, { cookie: `x=${'a'.repeat(20_000)}` })).status).toBe(431);
    const many = Array.from({ length: 1_000 }, (_, n) => `c${n}=1`).join('; ');
    expect((await browser.ask('GET', ME, { cookie: `${many}; ${ACCESS_COOKIE}=${own}` })).status).toBe(200);
  });

  it('is not told the proof of a session whose id is all they know', async () => {
    const { browser, sessionId } = await aVictim();
    const attacker = await signedIn(auth);
    const [header = '', , signature = ''] = attacker.token.split('.');
    const claims = Buffer.from(JSON.stringify({ sid: sessionId })).toString('base64url');
    const forged = `${ACCESS_COOKIE}=${header}.${claims}.${signature}`;
    const invented = `${REFRESH_COOKIE}=${sessionId}.${randomBytes(32).toString('base64url')}`;
    for (const cookie of [forged, `${forged}; ${invented}`, `${forged}; ${REFRESH_COOKIE}=${attacker.refreshToken}`]) {
      const answer = await browser.ask('GET', CSRF, { cookie });
      expect(codeOf(answer)).toBe('401 TOKEN_INVALID');
      expect(answer.text).not.toContain('csrf_token');
    }
  });

  it('gives a page that was loaded anew its proof, whatever has become of the access token', async () => {
    const { browser } = await aVictim();
    browser.csrf = undefined;
    const known = await browser.ask('GET', CSRF);
    expect(known.headers['cache-control']).toBe('no-store');
    const read = jest.spyOn(auth.app.get(OwnTokens), 'read').mockReturnValue(undefined);
    const unknownKey = await browser.ask('GET', CSRF);
    read.mockRestore();
    for (const answer of [known, unknownKey]) {
      browser.csrf = answer.body.data.csrf_token as string;
      expect((await browser.ask('PATCH', ME, change)).status).toBe(200);
    }
    expect((await browser.ask('POST', REFRESH)).status).toBe(200);
  });

  it('finds nothing changed by what proxies are said to have said (H1-H3)', async () => {
    const { browser, person } = await aVictim();
    const headers = {
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.test',
      'x-user-id': '1',
      forwarded: 'host=evil.test;proto=http',
    };
    const answer = await browser.ask('POST', REFRESH, { headers });
    expect(answer.status).toBe(200);
    for (const text of answer.headers['set-cookie'] ?? []) expect(text).toMatch(/; Secure; SameSite=/);
    const foreign = { ...headers, origin: 'http://evil.test' };
    expect(codeOf(await browser.ask('POST', REFRESH, { headers: foreign }))).toBe(REFUSED);
    expect((await browser.ask('GET', ME, { headers })).body.data.user.id).toBe(person.user.id);
    const override = { 'x-http-method-override': 'GET' };
    browser.csrf = undefined;
    expect(codeOf(await browser.ask('PATCH', ME, { ...change, headers: override }))).toBe(REFUSED);
  });
});

describe('pages of other origins', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth(ENV);
  });
  afterAll(() => auth.close());

  const preflight = async (origin: string | null, path = REFRESH) =>
    (await Browser.of(auth, APP)).ask('OPTIONS', path, {
      origin,
      headers: {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-csrf-token',
      },
    });
  const permitted = ({ headers }: SocketAnswer) => [
    headers['access-control-allow-origin'],
    headers['access-control-allow-credentials'],
  ];

  it('leave a trace, and no secret in it (R15, C27)', async () => {
    const browser = await Browser.of(auth, APP);
    await browser.signIn(await aPerson(auth));
    const csrf = browser.csrf!;
    const answer = await browser.ask('PATCH', ME, { body: {}, origin: 'https://evil.test' });
    await auth.app.get(AuditLog).flush();
    await eventually(async () => {
      const { entries } = await auth.app.get(AuditTrail).page({ kinds: ['access.denied'], limit: 50 });
      const mine = entries.find(({ requestId }) => requestId === answer.headers['x-request-id']);
      expect(mine?.details).toMatchObject({ code: 'CSRF_FAILED', method: 'PATCH', route: ME });
    });
    for (const secret of [csrf, ...[ACCESS_COOKIE, REFRESH_COOKIE].map((name) => browser.cookie(name)!.value)]) {
      expect(auth.log()).not.toContain(secret);
    }
    const accept = 'application/problem+json';
    const problem = await browser.ask('PATCH', ME, { body: {}, origin: 'null', headers: { accept } });
    expect(problem.body).toMatchObject({ type: 'urn:gatehouse:problem:CSRF_FAILED', status: 403 });
  });

  it.each([OWN, APP])('may call, with cookies, if they are ours: %s (B13)', async (origin) => {
    for (const path of [REFRESH, ME, '/api/v1/sessions', SIGN_IN]) {
      const answer = await preflight(origin, path);
      expect([path, answer.status, permitted(answer)]).toEqual([path, 204, [origin, 'true']]);
      expect(answer.headers['access-control-allow-headers']).toMatch(/X-CSRF-Token/);
      expect(answer.headers['access-control-allow-methods']).toMatch(/DELETE/);
    }
    const browser = await Browser.of(auth, origin);
    const answers = [
      await browser.signIn(await aPerson(auth)),
      await browser.ask('GET', ME),
      await browser.ask('GET', ME, { cookie: '' }),
      await browser.ask('GET', '/nothing'),
      await browser.ask('POST', SIGN_IN, { body: '{' }),
      await browser.ask('PATCH', ME, { body: {}, headers: { 'x-csrf-token': 'x' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 404, 400, 403]);
    for (const answer of answers) {
      expect(permitted(answer)).toEqual([origin, 'true']);
      expect(answer.headers.vary).toMatch(/\bOrigin\b/);
      expect(answer.headers['access-control-expose-headers']).toMatch(/X-Session-ID/);
    }
  });

  it.each([
    'https://evil.test',
    `${APP}.evil.test`,
    'https://APP.test',
    'null',
    `${APP}/`,
    'http://app.test',
    '*',
    null,
  ])('may not, if they are not: %s (B13)', async (origin) => {
    const browser = await Browser.of(auth, APP);
    const answers = [
      await preflight(origin),
      await browser.ask('GET', ME, { origin }),
      await browser.ask('GET', '/.well-known/jwks.json', { origin }),
    ];
    for (const answer of answers) expect(permitted(answer)).toEqual([undefined, undefined]);
  });
});

describe('a browser that lives on cookies, when something is not as it should be', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth({ ...ENV, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_PER_MINUTE: '12' });
  });
  afterAll(() => auth.close());

  it('is limited as the person it is, not with everybody behind the same address', async () => {
    const [one, two] = [await Browser.of(auth, APP), await Browser.of(auth, APP)];
    await one.signIn(await aPerson(auth));
    await two.signIn(await aPerson(auth));
    const ask = async (browser: Browser) => (await browser.ask('GET', ME)).status;
    const statuses = [];
    for (let n = 0; n < 7; n++) statuses.push(await ask(one));
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    expect(await ask(two)).toBe(200);
  });

  it('is told when its permissions do not fit into a cookie, and no session stays behind', async () => {
    const role = await aRole(auth, ...Array.from({ length: 120 }, (_, n) => `orders:${'x'.repeat(30)}:${n}`));
    const person = await aPerson(auth, ['user', role]);
    const browser = await Browser.of(auth, APP);
    const answer = await browser.signIn(person);
    expect([codeOf(answer), answer.headers['set-cookie']]).toEqual(['409 COOKIE_TOO_LARGE', undefined]);
    expect(await auth.app.get(SessionStore).list(person.user.id)).toEqual([]);
  });
});
