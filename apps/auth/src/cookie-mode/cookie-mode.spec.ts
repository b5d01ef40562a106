import { randomBytes } from 'node:crypto';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { lastValueFrom, of } from 'rxjs';
import { sessionWorld } from '../../test/session-world.js';
import { authConfig } from '../config/auth.config.js';
import { cookieSettingsOf } from '../config/cookie.fields.js';
import { cookieValues } from './cookie-header.js';
import { CookieTooLarge } from './cookie-mode.errors.js';
import { ACCESS_COOKIE, type CookieSettings, REFRESH_COOKIE } from './cookie-settings.js';
import { CsrfTokens } from './csrf-tokens.js';
import { EndReplacedSession } from './end-replaced-session.js';
import { noteVisit, type BrowserVisit } from './http/browser-visit.js';
import { CookieInterceptor } from './http/cookie.interceptor.js';
import { SessionCookies } from './session-cookies.js';

const SETTINGS: CookieSettings = {
  isSecure: true,
  accountPath: '/api/v1/auth',
  origins: new Set(['https://app.example.test']),
};
const PLACE = { ipAddress: '192.0.2.1', requestId: 'req-1' };

describe('cookies', () => {
  const cookies = new SessionCookies(SETTINGS);
  const kept = { accessToken: 'a', refreshToken: undefined, deviceToken: undefined, maxAgeSeconds: undefined };

  it('are refused where browsers would drop them without a word (B10)', () => {
    const [attributes = ''] = cookies.keep({ ...kept, accessToken: '' });
    const room = 4096 - attributes.length;
    expect(Buffer.byteLength(cookies.keep({ ...kept, accessToken: 'x'.repeat(room) })[0]!)).toBe(4096);
    expect(() => cookies.keep({ ...kept, accessToken: 'x'.repeat(room + 1) })).toThrow(CookieTooLarge);
  });

  it('are taken away under the very names, paths and flags they were set with', () => {
    const scope = (text: string) => text.replace(/=[^;]*;/, '=;').replace(/; Max-Age=\d+/, '');
    const set = cookies.keep({ ...kept, refreshToken: 'r', maxAgeSeconds: 60 });
    expect(cookies.forget().map(scope)).toEqual(set.map(scope));
    for (const text of cookies.forget()) expect(text).toMatch(/=; .*; Max-Age=0$/);
  });

  it.each([
    ['x=1', []],
    ['a=1', ['1']],
    [' a=1;\ta=2 ; a=3', ['1', '2', '3']],
    ['a=x=y; b=1', ['x=y']],
    ['a="q"', ['"q"']],
    ['a', []],
    ['=a; a =1', ['1']],
    ['\u00a0a=1; A=1; aa=1; %61=1', []],
    ['a=', ['']],
  ])('are read as they are: %j', (header, values) => {
    expect(cookieValues(header, 'a')).toEqual(values);
  });
});

describe('a proof', () => {
  const [key, other] = [randomBytes(32), randomBytes(32)];
  const sessionId = randomHex(32);

  it('is good for its session, on every instance, and for no other', () => {
    const proof = new CsrfTokens(key).mint(sessionId);
    expect(new CsrfTokens(key).isOf(sessionId, proof)).toBe(true);
    expect(new CsrfTokens(key).isOf(randomHex(32), proof)).toBe(false);
    expect(new CsrfTokens(other).isOf(sessionId, proof)).toBe(false);
  });

  it('stays good while the master key is being changed', () => {
    const [before, after] = [new CsrfTokens(key, other), new CsrfTokens(other, key)];
    expect(after.isOf(sessionId, before.mint(sessionId))).toBe(true);
    expect(before.isOf(sessionId, after.mint(sessionId))).toBe(true);
  });

  it('is never the same twice, and is nothing but a text', () => {
    const tokens = new CsrfTokens(key);
    expect(new Set(Array.from({ length: 100 }, () => tokens.mint(sessionId))).size).toBe(100);
    for (const odd of [undefined, null, 1, {}, [tokens.mint(sessionId)], '', '.', `${tokens.mint(sessionId)}\n`]) {
      expect(tokens.isOf(sessionId, odd)).toBe(false);
    }
  });
});

describe('an answer to a browser', () => {
  async function aWorld() {
    const world = sessionWorld();
    const { session } = await world.open();
    const endReplaced = new EndReplacedSession(world.sessions, world.revokeSessions, world.audit);
    const csrf = new CsrfTokens(randomBytes(32));
    const interceptor = new CookieInterceptor(
      new SessionCookies(SETTINGS),
      csrf,
      world.sessions,
      endReplaced,
      world.clock,
    );
    /** Sends this as the data of an answer past the interceptor. */
    async function answer(data: object, visit: Partial<BrowserVisit> = {}) {
      const { userId, id: sessionId } = session;
      const given = { method: 'POST', headers: {}, ip: PLACE.ipAddress, id: PLACE.requestId };
      const request = { ...given, principal: { userId, sessionId } } as unknown as FastifyRequest;
      noteVisit(request, { use: undefined, sessionId, refreshToken: undefined, ...visit });
      const headers: Record<string, string[]> = {};
      const reply = { header: (name: string, value: string[]) => (headers[name] = value) };
      const http = { getRequest: () => request, getResponse: () => reply };
      const context = { getType: () => 'http', switchToHttp: () => http } as unknown as ExecutionContext;
      const next: CallHandler = { handle: () => of({ success: true, data }) };
      const body = (await lastValueFrom(interceptor.intercept(context, next))) as { data: Record<string, unknown> };
      return { data: body.data, setCookies: headers['set-cookie'] ?? [] };
    }
    const tokenOf = (sid: string) => `h.${Buffer.from(JSON.stringify({ sid })).toString('base64url')}.s`;
    return { ...world, session, answer, tokenOf, endReplaced };
  }

  it('takes the refresh token of the session before away when a sign-in could record none', async () => {
    const { answer, tokenOf } = await aWorld();
    const degraded = { access_token: tokenOf('b'.repeat(64)), token_type: 'Bearer', degraded: true };
    const { data, setCookies } = await answer(degraded, { use: 'sign-in' });
    expect(data).toEqual({ degraded: true, csrf_token: expect.any(String) });
    expect(setCookies.map((text) => text.split(';')[0])).toEqual([
      `${ACCESS_COOKIE}=${degraded.access_token}`,
      `${REFRESH_COOKIE}=`,
    ]);
  });

  it('takes nothing away while nobody can tell whether the session has ended', async () => {
    const { answer, setStoreAway, sessions, session } = await aWorld();
    await sessions.end(session.userId, session.id);
    setStoreAway(true);
    expect((await answer({})).setCookies).toEqual([]);
    setStoreAway(false);
    expect((await answer({})).setCookies).toHaveLength(2);
  });

  it('to a sign-in is not held up by a session before that cannot be ended now', async () => {
    const { answer, tokenOf, setStoreAway, revocations, session, sessions } = await aWorld();
    const signedIn = { access_token: tokenOf('b'.repeat(64)), refresh_token: 'r' };
    const visit = { use: 'sign-in', refreshToken: 'proved' } as const;
    setStoreAway(true);
    expect((await answer(signedIn, visit)).setCookies).toHaveLength(2);
    setStoreAway(false);
    revocations.away = true;
    expect((await answer(signedIn, visit)).setCookies).toHaveLength(2);
    revocations.away = false;
    await answer(signedIn, { use: 'sign-in' });
    expect(await sessions.find(session.userId, session.id)).toBeDefined();
    await answer(signedIn, visit);
    expect(await sessions.find(session.userId, session.id)).toBeUndefined();
  });

  it('shows a fault of ours rather than hiding it', async () => {
    const { endReplaced, revokeSessions, session } = await aWorld();
    const run = jest.spyOn(revokeSessions, 'run').mockRejectedValue(new TypeError('bug'));
    await expect(endReplaced.run({ sessionId: session.id, ...PLACE })).rejects.toThrow(TypeError);
    run.mockRejectedValue(new DatabaseUnavailable('away'));
    await expect(endReplaced.run({ sessionId: session.id, ...PLACE })).resolves.toBeUndefined();
  });
});

describe('the configuration of cookies', () => {
  const production = {
    NODE_ENV: 'production',
    ALLOW_EMBEDDED: 'true',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    TOKEN_ALGORITHM: 'HS256',
    JWT_SECRET: 'pY7#kQ2!vN9@wE4$rT6%uI1^oP3&aS5*',
    PUBLIC_URL: 'https://auth.example.test',
    COOKIE_MODE: 'on',
  };
  function faultsOf(env: Record<string, string>): readonly string[] {
    try {
      loadConfig(authConfig, env);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
  }

  it('is off until somebody wants it', () => {
    expect(cookieSettingsOf(loadConfig(authConfig, {}), 'http://localhost:8080')).toBeUndefined();
  });

  it('takes the origin of the service, and those that are listed', () => {
    const config = loadConfig(authConfig, {
      COOKIE_MODE: 'on',
      COOKIE_ORIGINS: 'https://a.test , http://localhost:5173',
    });
    expect(cookieSettingsOf(config, 'https://x.test:8443/base')).toEqual({
      isSecure: true,
      accountPath: '/base/api/v1/auth',
      origins: new Set(['https://x.test:8443', 'https://a.test', 'http://localhost:5173']),
    });
  });

  it('is sound in production over TLS only (names without prefix are for development)', () => {
    expect(faultsOf(production)).toEqual([]);
    expect(faultsOf({ ...production, PUBLIC_URL: 'http://auth.example.test' })).toEqual([
      expect.stringMatching(/^COOKIE_MODE=on needs an https PUBLIC_URL/),
    ]);
    expect(faultsOf({ ...production, COOKIE_ORIGINS: 'http://app.example.test' })).toEqual([
      expect.stringMatching(/^COOKIE_ORIGINS must begin with https/),
    ]);
    expect(faultsOf({ ...production, PUBLIC_URL: 'https://auth.example.test/a;Domain=x' })).toEqual([
      expect.stringMatching(/^PUBLIC_URL must have a plain path/),
    ]);
  });

  it.each(['*', 'null', 'https://*.example.test', 'https://a.test/', 'https://A.test', 'a.test', 'ftp://a.test'])(
    'refuses %s for an origin, and does not repeat it',
    (origin) => {
      const faults = faultsOf({ COOKIE_MODE: 'on', COOKIE_ORIGINS: origin });
      expect(faults).toEqual([expect.stringMatching(/^COOKIE_ORIGINS must be origins/)]);
      if (origin.length > 4) expect(faults.join()).not.toContain(origin);
    },
  );
});
