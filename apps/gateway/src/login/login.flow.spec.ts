import { SessionStoreUnavailable } from '@gatehouse/failures';
import { startScriptedProvider, type ScriptedProvider } from '@gatehouse/oidc/testing';
import { aRoute, aTable } from '../../test/a-route.js';
import { ask, NAVIGATION, OWN_SCRIPT } from '../../test/ask.js';
import { ORIGIN, startFront, type StartedFront } from '../../test/start-front.js';
import { SignInRefused } from '../auth-service/auth-service.errors.js';
import { returnPath } from './return-to.js';

const SESSION = { kind: 'session', anyRole: [], allRoles: [] } as const;
const table = aTable(
  aRoute({ id: 'ANY /danger', access: { ...SESSION, maxAuthAgeMs: 60_000 } }),
  aRoute({ id: 'ANY /other', provider: 'other' }),
  aRoute({ id: 'ANY /app' }),
);

/** Where no login leads, whatever routes there are; to `/nowhere` only because there is none. */
const ELSEWHERE = [
  '//evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  'https:evil.test',
  'https://evil.test/app',
  '%2f%2fevil.test',
  '/%2f%2fevil.test',
  '/%5cevil.test',
  '/%09/evil.test',
  '/\t/evil.test',
  'javascript:alert(1)',
  '/\x00/evil.test',
  'https://app.test@evil.test/',
  '//app.test@evil.test/app',
  `${ORIGIN}/app`,
  '/app/../../evil',
  '/app;@evil.test',
  '/nowhere',
  '/_gw/logout',
  '/%5fgw/logout',
  `/app/${'x'.repeat(2_100)}`,
];

describe('a login', () => {
  let provider: ScriptedProvider;
  let other: ScriptedProvider;
  let front: StartedFront;

  beforeAll(async () => {
    const returns = (name: string) => ({ redirectUris: [`${ORIGIN}/_gw/callback/${name}`] });
    provider = await startScriptedProvider({ kind: 'entra', ...returns('entra') });
    other = await startScriptedProvider(returns('other'));
    provider.people.add({ handle: 'ada' });
    other.people.add({ handle: 'bob' });
    front = await startFront({ entra: provider.settings(), other: other.settings() }, table);
  });
  beforeEach(() => {
    front.sessions.failure = undefined;
    front.sessions.ended.length = 0;
    front.pending.failure = undefined;
    provider.honest();
    provider.forget();
  });
  afterAll(async () => {
    await front.close();
    await Promise.all([provider.close(), other.close()]);
  });

  const sessionCookie = '__Host-gw';
  const anotherBrowser = async () => {
    const browser = front.browser();
    await browser.untilCallback('/app');
    return browser;
  };

  it('leads back to where the browser wanted to be, signed in', async () => {
    const browser = front.browser();
    const answer = await browser.go('/app/reports?year=2026&q=%2F');
    expect([answer.status, browser.visited.at(-1)]).toEqual([200, `${ORIGIN}/app/reports?year=2026&q=%2F`]);
    expect(answer.json()).toMatchObject({ target: '/app/reports?year=2026&q=%2F' });
    const [authorize] = provider.requestsTo('authorize');
    const asked = new URL(authorize!.url, provider.origin).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)!.length).toBeGreaterThanOrEqual(43);
    // Where to go afterwards is kept here; no address ever carries it.
    for (const address of browser.visited.slice(1, -1)) expect(address).not.toContain('reports');
  });

  it('goes to the provider of the route, and to the default one elsewhere', async () => {
    expect(await front.browser().untilCallback('/other')).toContain('/_gw/callback/other');
    expect(await front.browser().untilCallback('/_gw/login?provider=other')).toContain('/_gw/callback/other');
    expect(await front.browser().untilCallback('/_gw/login')).toContain('/_gw/callback/entra');
    expect((await front.browser().step('/_gw/login?provider=nobody')).status).toBe(404);
  });

  it('shows no token of anybody to the browser (O6)', async () => {
    const browser = front.browser();
    const seen: string[] = [];
    for (let next: string | undefined = '/app'; next;) {
      const answer = await browser.step(next);
      seen.push(JSON.stringify(answer.headers), answer.text.replaceAll(/Bearer at-of-\w+/g, ''));
      next = answer.headers.location;
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join()).not.toMatch(/eyJ|id_token|access_token|refresh_token/);
  });

  describe('belongs to one browser', () => {
    it('refuses a callback in another browser, and then in the right one too: it works once (O1)', async () => {
      const [mine, theirs] = [front.browser(), front.browser()];
      const callback = await mine.untilCallback('/app');
      await theirs.untilCallback('/app');
      const swapped = await theirs.step(callback);
      expect([swapped.status, theirs.cookies.has(sessionCookie)]).toEqual([400, false]);
      expect(swapped.text).toContain('no longer valid');
      expect((await mine.step(callback)).status).toBe(400);
      expect(mine.cookies.has(sessionCookie)).toBe(false);
    });

    it('refuses a callback nobody began, one without its cookie, and one that is replayed (O1)', async () => {
      const forged = await front.browser().step('/_gw/callback/entra?code=x&state=made-up');
      expect(forged.status).toBe(400);
      const forgetful = front.browser();
      const callback = await forgetful.untilCallback('/app');
      forgetful.cookies.clear();
      expect((await forgetful.step(callback)).status).toBe(400);

      const browser = front.browser();
      const once = await browser.untilCallback('/app');
      expect((await browser.step(once)).status).toBe(303);
      const session = browser.cookies.get(sessionCookie);
      expect((await browser.step(once)).status).toBe(400);
      expect(browser.cookies.get(sessionCookie)).toBe(session);
    });

    it('takes neither of two cookies for the one that left: one of them was planted (O1)', async () => {
      const browser = front.browser();
      const callback = await browser.untilCallback('/app');
      const own = browser.cookies.get('__Host-gw-login')!;
      const planted = (await anotherBrowser()).cookies.get('__Host-gw-login')!;
      for (const both of [
        [own, planted],
        [planted, own],
      ]) {
        const cookie = both.map((value) => `__Host-gw-login=${value}`).join('; ');
        const answer = await ask(front.port, callback, { headers: { ...NAVIGATION, cookie } });
        expect([answer.status, answer.cookies.some((set) => set.startsWith(`${sessionCookie}=`))]).toEqual([
          400,
          false,
        ]);
      }
    });

    it('refuses two states, and a state that belongs to another provider (O1)', async () => {
      const browser = front.browser();
      const callback = await browser.untilCallback('/app');
      expect((await browser.step(`${callback}&state=again`)).status).toBe(400);
      const mixed = (await browser.untilCallback('/app')).replace('/callback/entra', '/callback/other');
      expect((await browser.step(mixed)).status).toBe(400);
      expect(browser.cookies.has(sessionCookie)).toBe(false);
    });

    it('lets two tabs of one browser log in side by side (O1)', async () => {
      const browser = front.browser();
      const [one, two] = [await browser.untilCallback('/app/1'), await browser.untilCallback('/app/2')];
      expect((await browser.step(two)).headers.location).toBe('/app/2');
      expect((await browser.step(one)).headers.location).toBe('/app/1');
    });

    it('takes no session cookie from before: a planted one is no session afterwards (B2, C11)', async () => {
      const browser = front.browser();
      const planted = `${'a'.repeat(64)}.${'b'.repeat(43)}`;
      browser.cookies.set(sessionCookie, planted);
      await browser.go('/app');
      expect(browser.cookies.get(sessionCookie)).toBeDefined();
      expect(browser.cookies.get(sessionCookie)).not.toBe(planted);
      const answer = await ask(front.port, '/app', { headers: { cookie: `${sessionCookie}=${planted}` } });
      expect(answer.status).toBe(401);
    });

    it('makes a new session for a new proof, and ends the one before (B2)', async () => {
      const browser = front.browser();
      await browser.go('/app');
      const before = browser.cookies.get(sessionCookie)!;
      await browser.go('/_gw/login?returnTo=/app');
      expect(browser.cookies.get(sessionCookie)).not.toBe(before);
      expect(front.sessions.ended).toEqual([{ sid: before.split('.')[0], reason: 'replaced' }]);
      const answer = await ask(front.port, '/app', { headers: { cookie: `${sessionCookie}=${before}` } });
      expect(answer.status).toBe(401);
    });
  });

  describe('leads nowhere else', () => {
    it.each(ELSEWHERE)('not to %j (R8)', async (wish) => {
      const browser = front.browser();
      const answer = await browser.go(`/_gw/login?returnTo=${encodeURIComponent(wish)}`);
      expect(browser.visited.at(-1)).toBe(`${ORIGIN}/_gw/signed-in`);
      expect(answer.text).toContain('You are signed in');
    });

    it('not even where every path has a route (R8)', () => {
      const everywhere = aTable(aRoute({ id: 'ANY /' }));
      const led = ELSEWHERE.filter((wish) => wish !== '/nowhere' && returnPath(wish, everywhere) !== undefined);
      expect(led).toEqual([]);
      expect(returnPath('/nowhere?a=//b', everywhere)).toBe('/nowhere?a=//b');
      // What a site lets through besides stays on it.
      const rules = { semicolons: 'pass', emptySegments: 'merge' } as const;
      for (const wish of ELSEWHERE) {
        const path = returnPath(wish, everywhere, rules) ?? '/';
        expect([wish, path.slice(0, 2), new URL(path, ORIGIN).origin]).toEqual([
          wish,
          expect.not.stringMatching(/^\/[/\\]/),
          ORIGIN,
        ]);
      }
      expect(returnPath('/app;v=1//x', everywhere, rules)).toBe('/app;v=1/x');
    });

    it('not to one of two wishes (R8)', async () => {
      const browser = front.browser();
      await browser.go('/_gw/login?returnTo=/app&returnTo=//evil.test');
      expect(browser.visited.at(-1)).toBe(`${ORIGIN}/_gw/signed-in`);
    });

    it('but to a path that a route serves, in its one spelling', async () => {
      const browser = front.browser();
      await browser.go(`/_gw/login?returnTo=${encodeURIComponent('/%61pp/x?next=//evil.test')}`);
      expect(browser.visited.at(-1)).toBe(`${ORIGIN}/app/x?next=//evil.test`);
    });
  });

  describe('ends on a readable page', () => {
    const failed = async (address = '/app') => {
      const browser = front.browser();
      const answer = await browser.go(address);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.text).toContain(String(answer.headers['x-request-id']));
      expect(browser.cookies.has(sessionCookie)).toBe(false);
      expect(browser.visited.length).toBeLessThan(5);
      return answer;
    };

    it.each([
      ['another audience', { idToken: { claims: { aud: 'somebody-else' } } }],
      ['another nonce', { idToken: { claims: { nonce: 'replayed' } } }],
      ['a forged signature', { idToken: { tamper: 'signature' } }],
      ['another tenant', { idToken: { claims: { tid: '22222222-2222-4222-8222-222222222222' } } }],
    ] as const)('when the provider lies: %s (F36, O3)', async (_, lie) => {
      provider.lie(lie);
      const answer = await failed();
      expect([answer.status, /href="([^"]+)"/.exec(answer.text)?.[1]]).toEqual([502, '/_gw/login']);
    });

    it('when it says no, without a word of its own on our page (F36)', async () => {
      provider.lie({ at: 'authorize', error: 'access_denied', errorDescription: '<b>call 555</b>' });
      const answer = await failed();
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain('555');
    });

    it.each(['token', 'discovery'] as const)('when its %s endpoint fails (F36)', async (at) => {
      const fresh = await startScriptedProvider({ redirectUris: [`${ORIGIN}/_gw/callback/op`] });
      fresh.people.add();
      const alone = await startFront({ op: fresh.settings() }, table);
      fresh.lie({ at, status: 500, times: 100 });
      const browser = alone.browser();
      const answer = await browser.go('/app');
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
      expect(answer.text).toContain('identity provider does not answer');
      fresh.honest();
      await Promise.all([alone.close(), fresh.close()]);
    });

    it.each([
      ['ACCOUNT_DISABLED', 403, 'account is disabled'],
      ['SIGN_UP_CLOSED', 403, 'no account for you'],
      ['LINK_REQUIRED', 409, 'have an account already'],
      ['SESSION_LIMIT', 409, 'too many devices'],
    ] as const)('when the auth service says %s', async (code, status, words) => {
      front.sessions.failure = new SignInRefused(code);
      const answer = await failed();
      expect(answer.status).toBe(status);
      expect(answer.text).toContain(words);
    });

    it('when the store is away: 503, and no way round in circles (F37)', async () => {
      front.pending.failure = new SessionStoreUnavailable('away');
      const answer = await failed();
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(provider.count('authorize')).toBe(0);
      // A program is told in its own words.
      const script = await ask(front.port, '/_gw/login', { headers: OWN_SCRIPT });
      expect([script.status, script.json()]).toMatchObject([503, { error: { code: 'SESSION_ERROR' } }]);
    });

    it('when the session cannot be kept: 503, and no link back to what works once (F37)', async () => {
      front.sessions.failure = new SessionStoreUnavailable('away');
      const answer = await failed();
      expect(answer.status).toBe(503);
      expect(answer.text).not.toContain('/_gw/callback/');
    });

    it('when a browser comes back again and again and is never signed in (F36)', async () => {
      const browser = front.browser();
      for (let i = 0; i < 5; i++) {
        await browser.go('/app');
        // The session does not last: as with a browser that drops it, or a store that does.
        browser.cookies.delete(sessionCookie);
      }
      const answer = await browser.go('/app');
      expect([answer.status, answer.headers['retry-after'], answer.headers.location]).toEqual([429, '60', undefined]);
      expect(answer.text).toContain('does not stick');
      expect((await front.browser().go('/app')).status).toBe(200);
    });
  });

  describe('asks for a fresh proof', () => {
    it('with max_age, and takes no old one for it (O8)', async () => {
      const browser = front.browser();
      const old = front.sessions.signIn({ authTimeMs: Date.now() - 120_000 });
      browser.cookies.set(sessionCookie, old.slice(sessionCookie.length + 1));
      const answer = await browser.go('/danger');
      expect(answer.status).toBe(200);
      const asked = new URL(provider.requestsTo('authorize').at(-1)!.url, provider.origin).searchParams;
      expect(asked.get('max_age')).toBe('60');

      browser.cookies.set(sessionCookie, front.sessions.signIn({ authTimeMs: 1 }).slice(sessionCookie.length + 1));
      provider.lie({ idToken: { claims: { auth_time: Math.floor(Date.now() / 1_000) - 600 } } });
      expect((await browser.go('/danger')).status).toBe(502);
    });

    it('as a link asks, but nothing that is malformed or unheard of', async () => {
      const asked = async (query: string) => {
        await front.browser().untilCallback(`/_gw/login?${query}`);
        const { searchParams } = new URL(provider.requestsTo('authorize').at(-1)!.url, provider.origin);
        return ['max_age', 'acr_values', 'prompt'].map((name) => searchParams.get(name));
      };
      expect(await asked('maxAge=30&acr=phr&prompt=select_account')).toEqual(['30', 'phr', 'select_account']);
      expect(await asked('maxAge=-1&acr=a%22b&prompt=none')).toEqual([null, null, null]);
    });
  });

  it('asks for it where the person signed in, not at the provider of everybody else', async () => {
    const browser = front.browser();
    const old = front.sessions.signIn({ authTimeMs: 1 }, 'other');
    browser.cookies.set(sessionCookie, old.slice(sessionCookie.length + 1));
    expect(await browser.untilCallback('/danger')).toContain('/_gw/callback/other');
  });

  it('is counted by provider and outcome', async () => {
    const text = await front.metrics.text();
    expect(text).toMatch(/gateway_logins_total\{provider="entra",outcome="ok",service="gateway"\} \d+/);
    expect(text).toMatch(/gateway_logins_total\{provider="entra",outcome="OAUTH_STATE",service="gateway"\} \d+/);
  });

  it('keeps what it must beside the state, and no secret of the browser’s', async () => {
    const browser = front.browser();
    await browser.untilCallback('/app');
    const [secret] = browser.cookies.get('__Host-gw-login')!.split('.');
    expect(secret).toHaveLength(43);
    expect(front.pending.kept.at(-1)).not.toContain(secret);
  });

  it('binds itself to this host alone, out of reach of scripts and of plain http (B10)', async () => {
    const browser = front.browser();
    const begun = await browser.step('/app');
    const back = await browser.step(await front.browser().untilCallback('/app'));
    for (const answer of [begun, back]) {
      const [line = ''] = answer.headers['set-cookie'] ?? [];
      const attributes = 'Path=/; HttpOnly; SameSite=Lax; Max-Age=900; Secure';
      expect(line.replace(/=[^;]*/, '=')).toBe(`__Host-gw-login=; ${attributes}`);
    }
  });

  it('tells pages who is signed in, and nothing that proves it', async () => {
    const cookie = front.sessions.signIn({ userId: '42', roles: ['admin'] });
    const answer = await ask(front.port, '/_gw/session', { headers: { ...OWN_SCRIPT, cookie } });
    expect(answer.json()).toMatchObject({ success: true, data: { signed_in: true, user_id: 42, roles: ['admin'] } });
    expect(answer.text).not.toMatch(/at-of-|"rt"|secret/);
    const nobody = await ask(front.port, '/_gw/session', { headers: NAVIGATION });
    expect(nobody.json()).toEqual({ success: true, data: { signed_in: false, login: '/_gw/login' } });
    // Nobody is told that they are signed out while that cannot be known (F37).
    front.sessions.isAway = true;
    const unknown = await ask(front.port, '/_gw/session', { headers: { ...OWN_SCRIPT, cookie } });
    front.sessions.isAway = false;
    expect([unknown.status, unknown.json()]).toMatchObject([503, { error: { code: 'SESSION_ERROR' } }]);
  });
});

describe('where several providers are set up and none is named', () => {
  let front: StartedFront;
  let corp: ScriptedProvider;
  beforeAll(async () => {
    corp = await startScriptedProvider({ redirectUris: [`${ORIGIN}/_gw/callback/corp`] });
    corp.people.add();
    const named = { ...corp.settings(), displayName: '<Contoso> & Söhne' };
    front = await startFront({ corp: named, guests: corp.settings() }, table, { choose: true });
  });
  afterAll(async () => {
    await front.close();
    await corp.close();
  });
  const linksIn = (html: string) =>
    [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));

  it('people choose, on a page without script, and come back to where they wanted to be', async () => {
    const browser = front.browser();
    const page = await browser.go('/app/reports?year=2026&q=%2F');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('&lt;Contoso&gt; &amp; Söhne');
    // Nobody has begun anything yet.
    expect([front.pending.kept.length, corp.count('authorize')]).toEqual([0, 0]);
    const links = linksIn(page.text);
    expect(links.map((href) => new URL(href, ORIGIN).searchParams.get('provider'))).toEqual(['corp', 'guests']);
    await browser.go(links[0]!);
    expect(browser.visited.at(-1)).toBe(`${ORIGIN}/app/reports?year=2026&q=%2F`);
    expect(browser.cookies.has('__Host-gw')).toBe(true);
  });

  it('the page leads nowhere a login would not lead (R8)', async () => {
    const page = await front.browser().go(`/_gw/login?returnTo=${encodeURIComponent('//evil.test')}&maxAge=30`);
    expect(page.text).not.toContain('evil');
    expect(linksIn(page.text)).toEqual(['/_gw/login?provider=corp&maxAge=30', '/_gw/login?provider=guests&maxAge=30']);
  });

  it('a route that names one asks nobody, and a program gets the address of the choice', async () => {
    expect((await front.browser().step('/other')).status).toBe(404);
    const script = await ask(front.port, '/app', { headers: OWN_SCRIPT });
    expect([script.status, script.json()]).toMatchObject([401, { login: `${ORIGIN}/_gw/login` }]);
    expect((await front.browser().go('/_gw/login')).text).toContain('Choose where');
  });
});

describe('logins that are only ever begun', () => {
  let provider: ScriptedProvider;
  beforeAll(async () => {
    provider = await startScriptedProvider({ redirectUris: [`${ORIGIN}/_gw/callback/op`] });
    provider.people.add();
  });
  afterAll(() => provider.close());
  const from = (address: string) => ({ headers: { 'x-forwarded-for': `203.0.113.250, ${address}` } });

  it('are limited for one address, whatever it writes before its own, and for nobody else', async () => {
    const front = await startFront({ op: provider.settings() }, table, { logins: { perNetwork: 3, inAll: 1_000 } });
    const begin = (path: string, address: string) => front.browser().step(path, from(address));
    // Both doors are one: the link, and a page that needs a session.
    for (const path of ['/_gw/login', '/app', '/app']) expect((await begin(path, '192.0.2.7')).status).toBe(302);
    for (const path of ['/_gw/login', '/app']) {
      const refused = await begin(path, '192.0.2.7');
      expect([path, refused.status, refused.text.includes('Too many sign-ins')]).toEqual([path, 429, true]);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(200);
      expect(refused.headers.location).toBeUndefined();
    }
    // Nothing is kept for it, and nobody else pays.
    expect(front.pending.kept).toHaveLength(3);
    expect((await begin('/app', '192.0.2.8')).status).toBe(302);
    for (const host of ['1', '2', '3']) expect((await begin('/app', `2001:db8:0:1::${host}`)).status).toBe(302);
    expect((await begin('/app', '2001:db8:0:1:ffff::4')).status).toBe(429);
    expect((await begin('/app', '2001:db8:0:2::1')).status).toBe(302);
    const script = await ask(front.port, '/_gw/login', {
      headers: { ...OWN_SCRIPT, 'x-forwarded-for': '192.0.2.7' },
    });
    expect([script.status, script.json()]).toMatchObject([429, { error: { code: 'RATE_LIMITED' } }]);
    await front.close();
  });

  it('are limited in all, however many addresses they come from', async () => {
    const front = await startFront({ op: provider.settings() }, table, { logins: { perNetwork: 2, inAll: 4 } });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) {
      statuses.push((await front.browser().step('/app', from(`192.0.2.${Math.floor(n / 2)}`))).status);
    }
    expect(statuses.slice(0, 4)).toEqual([302, 302, 302, 302]);
    expect(new Set(statuses.slice(4))).toEqual(new Set([429]));
    expect(front.pending.kept).toHaveLength(4);
    await front.close();
  });
});
