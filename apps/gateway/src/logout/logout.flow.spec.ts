import { startScriptedProvider, type ScriptedProvider } from '@gatehouse/oidc/testing';
import { aRoute, aTable } from '../../test/a-route.js';
import { ask, NAVIGATION, OWN_SCRIPT } from '../../test/ask.js';
import { ORIGIN, startFront, type StartedFront } from '../../test/start-front.js';
import { AuthServiceUnavailable, LogoutRefused } from '../auth-service/auth-service.errors.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SUBMIT = { ...NAVIGATION, ...FORM, 'sec-fetch-site': 'same-origin' };
const BACK = '/_gw/oidc/entra/backchannel';

describe('a logout', () => {
  let provider: ScriptedProvider;
  let plain: ScriptedProvider;
  let front: StartedFront;

  beforeAll(async () => {
    const registered = { postLogoutRedirectUris: [`${ORIGIN}/_gw/signed-out`] };
    provider = await startScriptedProvider({
      ...{ kind: 'entra', redirectUris: [`${ORIGIN}/_gw/callback/entra`] },
      ...registered,
    });
    plain = await startScriptedProvider({ redirectUris: [`${ORIGIN}/_gw/callback/plain`], ...registered });
    provider.people.add({ handle: 'ada' });
    plain.people.add({ handle: 'bob' });
    const table = aTable(aRoute({ id: 'ANY /app' }));
    front = await startFront({ entra: provider.settings(), plain: plain.settings() }, table);
  });
  beforeEach(() => {
    front.sessions.failure = undefined;
    front.sessions.isAway = false;
    front.sessions.ended.length = 0;
    front.sessions.notices.length = 0;
    provider.honest();
    provider.forget();
  });
  afterAll(async () => {
    await front.close();
    await Promise.all([provider.close(), plain.close()]);
  });

  const signedIn = async () => {
    const browser = front.browser();
    await browser.go('/app');
    return browser;
  };

  describe('by the person', () => {
    it('asks first, ends the session here, then at the provider, and comes back (O10)', async () => {
      const browser = await signedIn();
      const sid = browser.cookies.get('__Host-gw')!.split('.')[0];
      const asked = await browser.step('/_gw/logout');
      expect([asked.status, front.sessions.ended]).toEqual([200, []]);
      expect(asked.text).toContain('<form method="post" action="/_gw/logout">');
      // Browsers hold redirects that follow a form against the same policy.
      expect(asked.headers['content-security-policy']).toContain(`form-action 'self' ${provider.origin}`);

      const left = await browser.step('/_gw/logout', { method: 'POST', headers: SUBMIT });
      expect([left.status, front.sessions.ended]).toEqual([303, [{ sid, reason: 'logout' }]]);
      expect(browser.cookies.has('__Host-gw')).toBe(false);
      const away = new URL(left.headers.location!);
      expect(away.origin).toBe(provider.origin);
      expect(away.searchParams.get('post_logout_redirect_uri')).toBe(`${ORIGIN}/_gw/signed-out`);
      expect(away.searchParams.get('logout_hint')).toBe('alice-hint');
      expect(away.href).not.toMatch(/eyJ[\w-]+\.eyJ/);

      const back = await browser.go(left.headers.location!);
      expect(new URL(browser.visited.at(-1)!).searchParams.get('state')).toBe(away.searchParams.get('state'));
      expect(back.text).toContain('Here, and at your identity provider');
    });

    it('does not say so to somebody who only followed a link with a state (O10)', async () => {
      const answer = await front.browser().step('/_gw/signed-out?state=made-up');
      expect(answer.text).toContain('may still have you signed in');
      const browser = await signedIn();
      const misled = await browser.step('/_gw/signed-out?state=made-up');
      expect([misled.status, misled.headers.location]).toEqual([303, '/_gw/signed-in']);
    });

    it('knows its own return from another one’s, and tells nothing by two (O10)', async () => {
      const left = async () => {
        const browser = await signedIn();
        const answer = await browser.step('/_gw/logout', { method: 'POST', headers: SUBMIT });
        const line = (answer.headers['set-cookie'] ?? []).find((one) => one.startsWith('__Host-gw-logout='))!;
        expect(line.replace(/=[^;]*/, '=')).toBe(
          '__Host-gw-logout=; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure',
        );
        return { cookie: line.split(';')[0]!, state: new URL(answer.headers.location!).searchParams.get('state')! };
      };
      const [mine, other] = [await left(), await left()];
      const saysSo = async (cookie: string, query: string) => {
        const answer = await ask(front.port, `/_gw/signed-out${query}`, { headers: { ...NAVIGATION, cookie } });
        return answer.text.includes('Here, and at your identity provider');
      };
      expect(await saysSo(mine.cookie, `?state=${mine.state}`)).toBe(true);
      expect(await saysSo(mine.cookie, `?state=${other.state}`)).toBe(false);
      expect(await saysSo(mine.cookie, '')).toBe(false);
      expect(await saysSo(mine.cookie, `?state=${mine.state}&state=${mine.state}`)).toBe(false);
      expect(await saysSo(`${mine.cookie}; ${other.cookie}`, `?state=${mine.state}`)).toBe(false);
    });

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
      ['a sister site', { 'sec-fetch-site': 'same-site' }],
      ['nobody knows where', {}],
    ])('is nothing that %s can do (O10)', async (_, headers) => {
      const browser = await signedIn();
      const cookie = browser.cookie;
      for (const accept of ['text/html', 'application/json']) {
        const answer = await ask(front.port, '/_gw/logout', {
          ...{ method: 'POST', body: '' },
          headers: { ...FORM, ...headers, accept, cookie },
        });
        expect(answer.status).toBe(403);
      }
      expect((await ask(front.port, '/_gw/logout', { headers: { ...NAVIGATION, ...headers, cookie } })).status).toBe(
        200,
      );
      expect(front.sessions.ended).toEqual([]);
      expect((await browser.step('/app')).status).toBe(200);
    });

    it('tells a script where to go on, since it cannot follow', async () => {
      const { cookie } = await signedIn();
      const headers = { ...OWN_SCRIPT, cookie };
      const answer = await ask(front.port, '/_gw/logout', { method: 'POST', headers });
      const { data } = answer.json<{ data: { continue_at: string } }>();
      expect([answer.status, new URL(data.continue_at).origin]).toEqual([200, provider.origin]);
      expect(front.sessions.ended).toHaveLength(1);
    });

    it.each([
      ['is away', 'entra'],
      ['was taken out of the configuration', 'another'],
    ])('ends here all the same when the provider %s', async (_, name) => {
      const alone = await startScriptedProvider();
      const other = await startFront({ [name]: alone.settings() });
      await alone.close();
      try {
        const cookie = other.sessions.signIn();
        const asked = await ask(other.port, '/_gw/logout', { headers: { ...NAVIGATION, cookie } });
        expect(asked.status).toBe(200);
        const answer = await ask(other.port, '/_gw/logout', { method: 'POST', headers: { ...SUBMIT, cookie } });
        expect([answer.status, answer.headers.location]).toEqual([303, '/_gw/signed-out']);
        expect(other.sessions.ended).toHaveLength(1);
      } finally {
        await other.close();
      }
    });

    it('is done already for somebody without a session, and not claimed when that cannot be told', async () => {
      const nobody = await ask(front.port, '/_gw/logout', { method: 'POST', headers: SUBMIT });
      expect([nobody.status, nobody.headers.location]).toEqual([303, '/_gw/signed-out']);
      const { cookie } = await signedIn();
      front.sessions.isAway = true;
      const answer = await ask(front.port, '/_gw/logout', { method: 'POST', headers: { ...SUBMIT, cookie } });
      expect([answer.status, answer.headers['retry-after'], answer.cookies]).toEqual([503, '1', []]);
    });

    it('takes no form but at its own button', async () => {
      const answer = await ask(front.port, '/_gw/session', { method: 'POST', headers: SUBMIT, body: 'a=b' });
      expect(answer.status).toBe(405);
    });
  });

  describe('by the provider, behind the browser’s back', () => {
    const send = (body: string, headers: Record<string, string> = FORM, path = BACK) =>
      ask(front.port, path, { method: 'POST', headers, body });

    it('hands its token on, and answers 200 and no-store (O7)', async () => {
      const answer = await send('logout_token=abc.def.ghi');
      expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([200, '', 'no-store']);
      expect(front.sessions.notices).toEqual([{ provider: 'entra', logoutToken: 'abc.def.ghi' }]);
    });

    it.each([
      ['two tokens', 'logout_token=a&logout_token=b', FORM],
      ['no token', 'x=y', FORM],
      ['an empty token', 'logout_token=', FORM],
      ['a token without end', `logout_token=${'a'.repeat(17_000)}`, FORM],
      ['JSON', '{"logout_token":"a"}', { 'content-type': 'application/json' }],
      ['nothing at all', '', {}],
    ])('refuses %s with 400 (O7)', async (_, body, headers) => {
      const answer = await send(body, headers);
      expect([answer.status, answer.json(), answer.headers['cache-control']]).toEqual([
        400,
        { error: 'invalid_request' },
        'no-store',
      ]);
      expect(front.sessions.notices).toEqual([]);
    });

    it('answers 400 for a token that is not believed, and when it cannot be done right now (O7)', async () => {
      front.sessions.failure = new LogoutRefused('LOGOUT_TOKEN_INVALID');
      expect((await send('logout_token=forged')).json()).toEqual({ error: 'invalid_request' });
      front.sessions.failure = new AuthServiceUnavailable('away');
      const answer = await send('logout_token=good');
      expect([answer.status, answer.headers['retry-after']]).toEqual([400, '2']);
      expect(answer.json()).toEqual({ error: 'temporarily_unavailable' });
      expect((await send('logout_token=a', FORM, '/_gw/oidc/nobody/backchannel')).status).toBe(400);
    });
  });

  describe('by the provider, in a frame of its own page', () => {
    const get = (query: string, name = 'entra') => ask(front.port, `/_gw/oidc/${name}/frontchannel${query}`);

    it('ends the sessions it names, on a page that may be framed and says nothing', async () => {
      const answer = await get(`?iss=${encodeURIComponent(provider.issuer())}&sid=s-1`);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
      expect(answer.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors *");
      expect(answer.headers['x-frame-options']).toBeUndefined();
      expect(front.sessions.notices).toEqual([
        { provider: 'entra', issuer: provider.issuer(), providerSessionId: 's-1' },
      ]);
      expect(provider.count('end_session')).toBe(0);
    });

    it('knows the issuer by itself where there is but one', async () => {
      expect((await get('?sid=s-2', 'plain')).status).toBe(200);
      expect(front.sessions.notices).toEqual([{ provider: 'plain', issuer: plain.issuer(), providerSessionId: 's-2' }]);
    });

    it.each([
      ['no session', ''],
      ['two sessions', '?sid=a&sid=b'],
      ['another issuer', '?sid=a&iss=https%3A%2F%2Fevil.test'],
      ['a session that is no word', '?sid=%00'],
    ])('refuses %s', async (_, query) => {
      expect((await get(query)).status).toBe(400);
      expect(front.sessions.notices).toEqual([]);
    });

    it('may be framed, and no other page of ours may', async () => {
      for (const path of ['/_gw/logout', '/_gw/signed-out', '/_gw/signed-in', '/_gw/callback/entra?state=x']) {
        const { cookie } = await signedIn();
        const answer = await ask(front.port, path, { headers: { ...NAVIGATION, cookie } });
        if (answer.status === 303) continue;
        expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
        expect(answer.headers['x-content-type-options']).toBe('nosniff');
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.headers.server).toBeUndefined();
        expect(answer.headers['x-powered-by']).toBeUndefined();
      }
    });
  });

  it('is counted by who asked for it', async () => {
    const text = await front.metrics.text();
    for (const kind of ['person', 'front-channel', 'back-channel']) {
      expect(text).toMatch(new RegExp(`gateway_logouts_total\\{kind="${kind}",service="gateway"\\} [1-9]`));
    }
  });
});
