import { SessionStore } from '@gatehouse/session-store';
import { aPerson, signedIn, signIn } from '../../test/administrators.js';
import { Browser, parseSetCookie, type SocketAnswer } from '../../test/browser.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { OwnTokens } from '../access/own-tokens.js';
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-settings.js';

const OWN = 'https://auth.test';
const APP = 'https://app.test';
const ENV = { COOKIE_MODE: 'on', PUBLIC_URL: OWN, COOKIE_ORIGINS: APP };
const SECRETS = /eyJ|refresh_token|access_token|device_token|token_type/;

const setCookies = ({ headers }: SocketAnswer) => (headers['set-cookie'] ?? []).map(parseSetCookie);
const codeOf = ({ status, body }: SocketAnswer) => `${status} ${body?.error?.code ?? ''}`.trim();
const forgotten = (answer: SocketAnswer) =>
  setCookies(answer)
    .filter(({ attributes }) => attributes['max-age'] === '0')
    .map(({ name }) => name)
    .sort();
const BOTH = [ACCESS_COOKIE, REFRESH_COOKIE];

describe('a browser that lives on cookies', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth(ENV);
  });
  afterAll(() => auth.close());

  const aBrowser = (origin = APP) => Browser.of(auth, origin);
  async function signedInBrowser(more: object = {}) {
    const [browser, person] = [await aBrowser(), await aPerson(auth)];
    const answer = await browser.signIn(person, more);
    expect(answer.status).toBe(200);
    const { session } = answer.body.data;
    const isLive = async () => (await auth.app.get(SessionStore).find(person.user.id, session.id)) !== undefined;
    return { browser, person, answer, sessionId: session.id as string, isLive };
  }

  it('is signed in with cookies that nobody else gets at, and is told no token (B10)', async () => {
    const { browser, answer } = await signedInBrowser();
    expect(answer.text).not.toMatch(SECRETS);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body.data).toMatchObject({ expires_in: 900, csrf_token: expect.any(String), user: {}, session: {} });
    const cookies = setCookies(answer);
    expect(cookies.map(({ name }) => name)).toEqual([ACCESS_COOKIE, REFRESH_COOKIE, '__Host-device']);
    for (const { name, attributes, text } of cookies) {
      expect([name, attributes]).toEqual([name, expect.objectContaining({ httponly: '', secure: '' })]);
      expect(attributes['samesite']).toMatch(/^(Lax|Strict)$/);
      expect(attributes).not.toHaveProperty('domain');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      if (name.startsWith('__Host-')) expect(attributes['path']).toBe('/');
    }
    expect(browser.cookie(REFRESH_COOKIE)?.attributes).toMatchObject({ path: '/api/v1/auth', samesite: 'Strict' });
    const me = await browser.ask('GET', '/api/v1/auth/me');
    expect(me.status).toBe(200);
  });

  it('forgets when it is closed, unless it was told to remember', async () => {
    const plain = await signedInBrowser();
    for (const { name, attributes } of setCookies(plain.answer)) {
      if (name !== '__Host-device') expect(attributes).not.toHaveProperty('max-age');
    }
    const kept = await signedInBrowser({ remember_me: true });
    const refreshed = await kept.browser.ask('POST', '/api/v1/auth/refresh');
    const stepped = await kept.browser.ask('POST', '/api/v1/auth/step-up', {
      body: { password: kept.person.password },
    });
    for (const answer of [kept.answer, refreshed, stepped]) {
      expect(answer.status).toBe(200);
      for (const { attributes } of setCookies(answer)) expect(Number(attributes['max-age'])).toBeGreaterThan(600_000);
    }
  });

  it('refreshes by cookie, and gets the next pair as cookies (R3)', async () => {
    const { browser, sessionId } = await signedInBrowser();
    const before = BOTH.map((name) => browser.cookie(name)?.value);
    const answer = await browser.ask('POST', '/api/v1/auth/refresh');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-session-id': sessionId, 'cache-control': 'no-store' });
    expect(answer.text).not.toMatch(SECRETS);
    expect(BOTH.map((name) => browser.cookie(name)?.value)).not.toEqual(before);
    expect((await browser.ask('GET', '/api/v1/auth/me')).status).toBe(200);
  });

  it('gets the identical cookies again when an answer was lost', async () => {
    const { browser } = await signedInBrowser();
    const cookie = browser.cookiesFor('/api/v1/auth/refresh');
    const first = await browser.ask('POST', '/api/v1/auth/refresh', { cookie });
    const second = await browser.ask('POST', '/api/v1/auth/refresh', { cookie });
    expect(second.headers['x-refresh-replayed']).toBe('1');
    expect(second.headers['set-cookie']).toEqual(first.headers['set-cookie']);
    expect(second.body).toEqual(first.body);
  });

  it('loses its cookies when its refresh token is good for nothing', async () => {
    const { browser, person, sessionId } = await signedInBrowser();
    await auth.app.get(SessionStore).end(person.user.id, sessionId);
    const answer = await browser.ask('POST', '/api/v1/auth/refresh');
    expect(codeOf(answer)).toBe('401 REFRESH_EXPIRED');
    expect(forgotten(answer)).toEqual(BOTH);
  });

  it('steps up and gets the newer token as a cookie', async () => {
    const { browser, person } = await signedInBrowser();
    const refreshCookie = browser.cookie(REFRESH_COOKIE)?.value;
    const answer = await browser.ask('POST', '/api/v1/auth/step-up', { body: { password: person.password } });
    expect(answer.body.data).toEqual({ expires_in: 900, auth_time: expect.any(String) });
    expect(setCookies(answer).map(({ name }) => name)).toEqual([ACCESS_COOKIE]);
    expect(browser.cookie(REFRESH_COOKIE)?.value).toBe(refreshCookie);
    expect((await browser.ask('GET', '/api/v1/auth/me')).status).toBe(200);
  });

  it('signs out: the session has ended and the cookies are gone (B3, B12)', async () => {
    const { browser, isLive } = await signedInBrowser();
    const answer = await browser.ask('POST', '/api/v1/auth/signout', { headers: { 'idempotency-key': 'leave-1' } });
    expect(answer.status).toBe(200);
    expect(forgotten(answer)).toEqual(BOTH);
    expect(answer.headers['clear-site-data']).toBe('"storage"');
    expect(browser.cookieNames).toEqual(['__Host-device']);
    expect(await isLive()).toBe(false);
  });

  it('signs out with what is left: an expired session, a token of a forgotten key, a refresh cookie alone (B12)', async () => {
    const ended = await signedInBrowser();
    await auth.app.get(SessionStore).end(ended.person.user.id, ended.sessionId);
    const late = await ended.browser.ask('POST', '/api/v1/auth/signout');
    expect([late.status, forgotten(late)]).toEqual([200, BOTH]);

    const old = await signedInBrowser();
    const read = jest.spyOn(auth.app.get(OwnTokens), 'read').mockReturnValue(undefined);
    const unknownKey = await old.browser.ask('POST', '/api/v1/auth/signout');
    read.mockRestore();
    expect([unknownKey.status, forgotten(unknownKey), await old.isLive()]).toEqual([200, BOTH, false]);

    const half = await signedInBrowser();
    half.browser.drop(ACCESS_COOKIE);
    const stray = await half.browser.ask('POST', '/api/v1/auth/signout');
    expect([codeOf(stray), forgotten(stray), await half.isLive()]).toEqual(['401 TOKEN_MISSING', BOTH, true]);
  });

  it('keeps its own session when it ends another one', async () => {
    const { browser, person, isLive } = await signedInBrowser();
    const other = await signIn(auth, person);
    const answer = await browser.ask('POST', '/api/v1/auth/signout', { headers: { 'x-session-id': other.sessionId } });
    expect([answer.status, forgotten(answer), await isLive()]).toEqual([200, [], true]);
    const gone = { 'x-session-id': 'f'.repeat(64) };
    const refused = await browser.ask('POST', '/api/v1/auth/signout', { headers: gone });
    expect([codeOf(refused), forgotten(refused)]).toEqual(['403 SESSION_NOT_OWNED', []]);
  });

  it.each([
    ['DELETE', () => '/api/v1/sessions?include_current=true', {}],
    ['DELETE', (id: string) => `/api/v1/sessions/${id}`, {}],
    ['DELETE', () => '/api/v1/auth/account', {}],
    ['POST', () => '/api/v1/auth/password/change', { keep_current_session: false }],
  ])('loses its cookies with the answer that ended its session: %s %s', async (method, path, body) => {
    const { browser, person, sessionId, isLive } = await signedInBrowser();
    const change = 'keep_current_session' in body && {
      current: person.password,
      new: 'another horse battery',
      ...body,
    };
    const answer = await browser.ask(method, path(sessionId), change ? { body: change } : {});
    expect([answer.status < 300, await isLive(), forgotten(answer)]).toEqual([true, false, BOTH]);
  });

  it('loses its cookies when its own device is removed, and when all sessions are ended at once', async () => {
    const one = await signedInBrowser();
    const { devices } = (await one.browser.ask('GET', '/api/v1/auth/devices')).body.data;
    const removed = await one.browser.ask('DELETE', `/api/v1/auth/devices/${devices[0].id}`);
    const two = await signedInBrowser();
    const body = { before: new Date(Date.now() + 1_000).toISOString(), include_current: true };
    const ended = await two.browser.ask('POST', '/api/v1/sessions/revoke', { body });
    expect([removed, ended].map((answer) => [answer.status, forgotten(answer)])).toEqual([
      [200, BOTH],
      [200, BOTH],
    ]);
  });

  it('stays signed in through a change of the password', async () => {
    const { browser, person, isLive } = await signedInBrowser();
    const body = { current: person.password, new: 'another horse battery' };
    const answer = await browser.ask('POST', '/api/v1/auth/password/change', { body });
    expect([answer.status, forgotten(answer), await isLive()]).toEqual([200, [], true]);
  });

  it('gets a new session with each sign-in, and the one before dies (B2)', async () => {
    const { browser, person, sessionId, isLive } = await signedInBrowser();
    const again = await browser.signIn(person);
    expect(again.body.data.session.id).not.toBe(sessionId);
    expect(await isLive()).toBe(false);
    expect((await browser.ask('GET', '/api/v1/auth/me')).status).toBe(200);
  });

  it('makes nothing of cookies planted before the sign-in (B2)', async () => {
    const [browser, person] = [await aBrowser(), await aPerson(auth)];
    const attacker = await signedInBrowser();
    browser.plant(ACCESS_COOKIE, 'planted');
    browser.plant(REFRESH_COOKIE, attacker.browser.cookie(REFRESH_COOKIE)!.value, '/api/v1/auth');
    const answer = await browser.signIn(person);
    expect(answer.status).toBe(200);
    expect(BOTH.map((name) => browser.cookie(name)?.value)).not.toContain('planted');
    expect((await browser.ask('GET', '/api/v1/auth/me')).body.data.user.id).toBe(person.user.id);
    expect(await attacker.isLive()).toBe(true);
  });

  it('is known by its device cookie at the next sign-in', async () => {
    const { browser, person } = await signedInBrowser();
    const device = browser.cookie('__Host-device')?.value;
    const again = await browser.signIn(person);
    expect(setCookies(again).map(({ name }) => name)).toEqual(BOTH);
    expect(browser.cookie('__Host-device')?.value).toBe(device);
    const { devices } = (await browser.ask('GET', '/api/v1/auth/devices')).body.data;
    expect(devices).toHaveLength(1);
  });

  it('acts in somebody’s place with cookies too, and stops', async () => {
    const [browser, admin, person] = [await aBrowser(), await aPerson(auth, ['user', 'admin']), await aPerson(auth)];
    const own = (await browser.signIn(admin)).body.data.session.id as string;
    const body = { reason: 'Ticket 1' };
    const started = await browser.ask('POST', `/api/v1/admin/users/${person.user.id}/impersonate`, { body });
    expect(started.status).toBe(200);
    expect(started.text).not.toMatch(SECRETS);
    expect(await auth.app.get(SessionStore).find(admin.user.id, own)).toBeDefined();
    browser.csrf = started.body.data.csrf_token as string;
    expect((await browser.ask('GET', '/api/v1/auth/me')).status).toBe(200);
    const stopped = await browser.ask('POST', '/api/v1/auth/impersonation/stop');
    expect([stopped.status, forgotten(stopped)]).toEqual([200, BOTH]);
  });

  it('leaves bearer clients as they were', async () => {
    const person = await signedIn(auth);
    const answer = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: person.refreshToken } });
    expect(answer.body.data).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.body.data).not.toHaveProperty('csrf_token');
  });
});

describe('where cookie mode is off', () => {
  it('no cookie is set, read or promised', async () => {
    const auth = await startAuth();
    const person = await signedIn(auth);
    const { email, password } = person;
    const body = { email, password, tokens_in: 'cookie' };
    const refused = await auth.ask('POST', '/api/v1/auth/signin', { body, headers: { origin: 'http://auth.test' } });
    expect(refused.status).toBe(400);
    expect(refused.body.error.details).toEqual([{ field: 'tokens_in', rule: 'cookieModeIsOff' }]);
    expect(refused.headers).not.toHaveProperty('set-cookie');
    for (const name of [ACCESS_COOKIE, 'dev_sid_at']) {
      const headers = { cookie: `${name}=${person.token}` };
      expect((await auth.ask('GET', '/api/v1/auth/me', { headers })).body.error.code).toBe('TOKEN_MISSING');
      expect((await auth.ask('GET', '/api/v1/auth/csrf', { headers })).status).toBe(404);
      expect((await auth.ask('GET', '/api/v1/auth/me', { headers, token: person.token })).status).toBe(200);
    }
    await auth.close();
  });
});

describe('on a developer’s machine without TLS', () => {
  it('the cookies have names that browsers take there', async () => {
    const auth = await startAuth({ COOKIE_MODE: 'on', PUBLIC_URL: 'http://localhost:8080/base/' });
    const browser = await Browser.of(auth, 'http://localhost:8080');
    const answer = await browser.signIn(await aPerson(auth));
    const [access, refresh] = setCookies(answer);
    expect(access).toMatchObject({ name: 'dev_sid_at', attributes: { path: '/', httponly: '', samesite: 'Lax' } });
    expect(refresh).toMatchObject({
      name: 'dev_sid_rt',
      attributes: { path: '/base/api/v1/auth', samesite: 'Strict' },
    });
    for (const { attributes } of [access!, refresh!]) expect(attributes).not.toHaveProperty('secure');
    await auth.close();
  });
});
