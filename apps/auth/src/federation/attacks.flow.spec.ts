import { randomBytes } from 'node:crypto';
import { SessionStore } from '@gatehouse/session-store';
import { eventually } from '@gatehouse/testing';
import { aRole, signedIn } from '../../test/administrators.js';
import {
  aGateway,
  aHandle,
  aNonce,
  anExchange,
  APP_URL,
  codeIn,
  type Gateway,
  OAUTH,
  providerEntry,
  PUBLIC_URL,
  type ScriptedProvider,
  SIGN_IN_FOR,
  SIGN_OUT_FOR,
  startScriptedProvider,
  through,
  Wanderer,
} from '../../test/federation-world.js';
import { aService, FORM, tokenOf } from '../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { RightsStore } from '../roles/rights-store.port.js';

const codeOf = ({ status, body }: Answer) => `${status} ${body?.error?.code ?? ''}`.trim();
const REFUSED = '403 IDENTITY_REFUSED';
const LOST = '400 OAUTH_STATE';
const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';
const json = { accept: 'application/json' };
/** Together more than fits into a cookie. */
const LARGE = Array.from({ length: 20 }, (_, n) => `large-${n}`);

let provider: ScriptedProvider;
let second: ScriptedProvider;
/** Nobody has asked it for anything yet. */
let slow: ScriptedProvider;
let auth: RunningAuth;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startScriptedProvider({ kind: 'entra' });
  second = await startScriptedProvider();
  slow = await startScriptedProvider();
  auth = await startAuth({
    PUBLIC_URL,
    APP_URL,
    COOKIE_MODE: 'on',
    IDENTITY_PROVIDERS: JSON.stringify({
      ...providerEntry('entra', provider, { bearer: { scopes: ['access_as_user'] }, roleMap: { Everything: LARGE } }),
      ...providerEntry('many', provider, {
        tenant: 'organizations',
        allowedTenants: ['11111111-1111-4111-8111-111111111111'],
      }),
      ...providerEntry('quiet', provider, { email: 'never' }),
      ...providerEntry('second', second),
      ...providerEntry('slow', slow, { timeoutMs: 3_000 }),
    }),
  });
  for (const role of LARGE) await auth.app.get(RightsStore).createRole(role, [`${role}:${'x'.repeat(200)}`]);
  gateway = await aGateway(auth);
}, 60_000);
afterAll(async () => {
  await auth?.close();
  await Promise.all([provider?.close(), second?.close(), slow?.close()]);
});
afterEach(() => provider.honest());

const aPerson = () => provider.people.add({ handle: aHandle() }).handle;
const nobodySignedIn = (browser: Wanderer) => expect(browser.jar.has('__Host-sid_at')).toBe(false);

describe('whoever meddles with a sign-in in a browser', () => {
  it('finishes nothing in a browser that did not begin it, nor with what another one holds (O1)', async () => {
    const [victim, attacker] = [new Wanderer(auth, json), new Wanderer(auth, json)];
    provider.people.choose(aPerson());
    const back = await attacker.atProvider(await attacker.start());
    expect(codeOf(await victim.back(back))).toBe(LOST);
    const hers = await victim.atProvider(await victim.start());
    expect(codeOf(await victim.back(back))).toBe(LOST);
    nobodySignedIn(victim);
    // A neighbouring host cannot set a name of this prefix; without it, it would still have to be one this service has sealed.
    const [name = ''] = [...attacker.jar.keys()];
    const forged = new Wanderer(auth, json);
    forged.jar.set(name, randomBytes(300).toString('base64url'));
    expect(codeOf(await forged.back(back))).toBe(LOST);
    expect((await victim.back(hers)).status).toBe(303);
  });

  it('reads nothing of what a browser keeps meanwhile by a script, by plain http or from another host (B10)', async () => {
    const answer = await auth.ask('GET', `${OAUTH}/entra/start`);
    const [line = ''] = [answer.headers['set-cookie'] ?? []].flat();
    expect(line).toMatch(/^__Host-oauth-[0-9a-f]{16}=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/);
    expect(line).not.toMatch(/eyJ/);
  });

  it('brings nothing back twice, whatever became of it the first time (O1)', async () => {
    provider.people.choose(aPerson());
    const browser = new Wanderer(auth, json);
    const back = await browser.atProvider(await browser.start());
    const kept = new Map(browser.jar);
    expect((await browser.back(back)).status).toBe(303);
    const again = new Wanderer(auth, json);
    for (const [name, value] of kept) again.jar.set(name, value);
    expect(codeOf(await again.back(back))).toBe(LOST);
    nobodySignedIn(again);
    const failing = new Wanderer(auth, json);
    const path = await failing.atProvider(await failing.start());
    const before = new Map(failing.jar);
    provider.lie({ status: 500, body: '{}' });
    expect(codeOf(await failing.back(path))).toBe('503 PROVIDER_UNAVAILABLE');
    for (const [name, value] of before) failing.jar.set(name, value);
    expect(codeOf(await failing.back(path))).toBe(LOST);
  });

  it('does not mix up two windows, two providers or two states (O1)', async () => {
    provider.people.choose(aPerson());
    const browser = new Wanderer(auth, json);
    const [one, two] = [await browser.start(), await browser.start('entra', '?returnTo=/two')];
    const [backOne, backTwo] = [await browser.atProvider(one), await browser.atProvider(two)];
    expect((await browser.back(backTwo)).headers['location']).toBe(`${APP_URL}/two`);
    expect((await browser.back(backOne)).headers['location']).toBe(`${APP_URL}/`);
    // What was kept for one window, under the name of another.
    const [left, right] = [await browser.start(), await browser.start()];
    const [ofLeft = '', ofRight = ''] = [...browser.jar.keys()].filter((name) => name.startsWith('__Host-oauth-'));
    const keptRight = browser.jar.get(ofRight) ?? '';
    browser.jar.set(ofRight, browser.jar.get(ofLeft) ?? '');
    const backRight = await browser.atProvider(right);
    expect(codeOf(await browser.back(backRight))).toBe(LOST);
    browser.jar.set(ofRight, keptRight);
    expect((await browser.back(backRight)).status).toBe(303);
    expect((await browser.back(await browser.atProvider(left))).status).toBe(303);
    const there = await browser.atProvider(await browser.start());
    for (const wrong of [
      there.replace('/entra/', '/second/'),
      there.replace(/state=[^&]+/, 'state=x'),
      there.replace(/state=[^&]+&?/, ''),
      `${there}&state=x`,
      `${OAUTH}/entra/callback`,
      `${OAUTH}/entra/callback?code=x`,
    ]) {
      expect([wrong, codeOf(await browser.back(wrong))]).toEqual([wrong, LOST]);
    }
    expect(codeOf(await browser.back(there.replace('/entra/', '/nobody/')))).toBe('404 PROVIDER_NOT_FOUND');
  });

  it.each<[string, Parameters<ScriptedProvider['lie']>[0]]>([
    ['another nonce', { idToken: { claims: { nonce: 'other' } } }],
    ['another audience', { idToken: { claims: { aud: 'other' } } }],
    ['another issuer', { idToken: { claims: { iss: 'https://evil.example' } } }],
    ['no signature', { idToken: { alg: 'none' } }],
    ['the public key as a secret', { idToken: { alg: 'HS256' } }],
    ['a key of its own', { idToken: { key: 'forged' } }],
    ['another tenant (O5)', { idToken: { claims: { tid: OTHER_TENANT } } }],
  ])('is not believed with %s (O3)', async (_what, lie) => {
    provider.people.choose(aPerson());
    const browser = new Wanderer(auth, json);
    const back = await browser.atProvider(await browser.start());
    provider.lie(lie);
    expect(codeOf(await browser.back(back))).toBe(REFUSED);
    nobodySignedIn(browser);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '%2f%2fevil.example',
    '/%2f%2fevil.example',
    '/%09/evil.example',
    '/\t/evil.example',
    '/%5cevil.example',
    '/%00',
    '/\u0000',
    '/a/../../evil',
    '/%2e%2e/evil',
    '/a#https://evil.example',
    'user@evil.example',
    '//user@evil.example',
    '/a//b',
    '',
    '/%252f%252fevil.example',
    `/${'a'.repeat(2_000)}`,
  ])('is sent nowhere else: %j (R8)', async (returnTo) => {
    const query = `?returnTo=${encodeURIComponent(returnTo)}`;
    const answer = await auth.ask('GET', `${OAUTH}/entra/start${query}`);
    expect([codeOf(answer), answer.headers['location']]).toEqual(['400 VALIDATION_ERROR', undefined]);
    const { token } = await signedIn(auth);
    const link = await auth.ask('POST', '/api/v1/auth/identities/entra/start', { token, body: { returnTo } });
    expect(codeOf(link)).toBe('400 VALIDATION_ERROR');
  });

  it('finds the session of before gone once somebody else signs in on top of it (C11)', async () => {
    const [first, other] = [aPerson(), aPerson()];
    const browser = new Wanderer(auth, json);
    provider.people.choose(first);
    await browser.signIn();
    const before = browser.jar.get('__Host-sid_at') ?? '';
    provider.people.choose(other);
    await browser.signIn();
    expect(browser.jar.get('__Host-sid_at')).not.toBe(before);
    expect(codeOf(await auth.ask('GET', '/api/v1/auth/me', { token: before }))).toBe('401 SESSION_REVOKED');
    // One that was planted is never adopted, and is no reason to end anybody's session.
    const stranger = await signedIn(auth);
    const planted = new Wanderer(auth, json);
    planted.jar.set('__Host-sid_at', `${stranger.token.slice(0, -4)}AAAA`);
    await planted.signIn();
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: stranger.token })).status).toBe(200);
    // Nor is one of two, of which nobody can tell which was planted.
    const tossed = new Wanderer(auth, json);
    const back = await tossed.atProvider(await tossed.start());
    const [kept = ['', '']] = [...tossed.jar];
    const neighbour = await signedIn(auth);
    const cookie = [kept, ['__Host-sid_at', stranger.token], ['__Host-sid_at', neighbour.token]];
    const headers = { cookie: cookie.map((pair) => pair.join('=')).join('; ') };
    expect((await tossed.go('GET', back, { headers })).status).toBe(303);
    for (const { token } of [stranger, neighbour]) {
      expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(200);
    }
  });

  it('leaves no session behind whose cookies no browser would keep', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const { userId } = await through(gateway, provider, { person: handle });
    provider.people.change(handle, { roles: ['Everything'] });
    provider.people.choose(handle);
    const browser = new Wanderer(auth, json);
    expect(codeOf(await browser.signIn())).toBe('409 COOKIE_TOO_LARGE');
    nobodySignedIn(browser);
    expect(await auth.app.get(SessionStore).list(userId)).toHaveLength(1);
  });

  it('takes over no address from a provider of which none is wanted, proven or not', async () => {
    const claims = { xms_edov: true };
    const { accessToken } = await through(gateway, provider, { person: aPerson(), name: 'quiet', claims });
    const { body } = await auth.ask('GET', '/api/v1/auth/me', { token: accessToken });
    expect(body.data.user.email).toMatch(/^quiet-[0-9a-f]{24}@identities\.invalid$/);
  });

  it('gets no session for a code that is not theirs, or not fresh, or another one’s word', async () => {
    provider.people.choose(aPerson());
    const application = new Wanderer(auth, json);
    const { verifier, query } = anExchange();
    const code = codeIn(await application.signIn('entra', query));
    const exchange = (body: object, name = 'entra') => auth.ask('POST', `${OAUTH}/${name}/exchange`, { body });
    expect(codeOf(await exchange({ code, code_verifier: anExchange().verifier }))).toBe(LOST);
    expect(codeOf(await exchange({ code, code_verifier: verifier }, 'second'))).toBe(LOST);
    expect(codeOf(await exchange({ code: `${code}A`, code_verifier: verifier }))).toBe(LOST);
    expect(codeOf(await exchange({ code: randomBytes(200).toString('base64url'), code_verifier: verifier }))).toBe(
      LOST,
    );
    // What a browser holds between going and coming back is no code.
    await application.start();
    const note = [...application.jar].find(([name]) => name.includes('oauth'))?.[1];
    expect(codeOf(await exchange({ code: note, code_verifier: verifier }))).toBe(LOST);
    const race = await Promise.all([1, 2, 3].map(() => exchange({ code, code_verifier: verifier })));
    expect(race.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  it('is shown a page without a provider’s words, and is led nowhere by itself (F36)', async () => {
    const browser = new Wanderer(auth);
    const back = await browser.atProvider(await browser.start());
    const state = new URLSearchParams(back.split('?')[1]).get('state') ?? '';
    const denied = await browser.back(
      `${OAUTH}/entra/callback?error=access_denied&error_description=${encodeURIComponent('<script>alert(1)</script>evil')}&state=${state}`,
    );
    expect([denied.status, denied.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(denied.text).toContain('You were not signed in');
    expect(denied.text).toContain(denied.headers['x-request-id']);
    expect(denied.text).toContain(`href="${OAUTH}/entra/start"`);
    expect(denied.text).not.toMatch(/evil|alert|http-equiv|<script|location/i);
    expect(denied.headers['location']).toBeUndefined();
    expect(denied.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    await second.goAway();
    const gone = await new Wanderer(auth).go('GET', `${OAUTH}/second/start`);
    expect([gone.status, gone.headers['retry-after'], gone.headers['location']]).toEqual([503, '5', undefined]);
    expect(gone.text).toContain('does not answer');
    await second.goBack();
  });

  it('waits for no provider that takes its time, nor keeps a gateway waiting (F36)', async () => {
    slow.lie({ at: 'discovery', hang: true, times: 2 });
    const nonce = aNonce();
    const startedMs = performance.now();
    const [page, handedIn, logout] = await Promise.all([
      new Wanderer(auth).go('GET', `${OAUTH}/slow/start`),
      gateway.signIn('slow', slow.issueIdToken({ nonce }), nonce),
      gateway.signOut({ provider: 'slow', logoutToken: slow.issueLogoutToken() }),
    ]);
    expect(performance.now() - startedMs).toBeLessThan(2_900);
    expect([page.status, page.headers['content-type']]).toEqual([503, 'text/html; charset=utf-8']);
    expect([codeOf(handedIn), codeOf(logout)]).toEqual(['503 PROVIDER_UNAVAILABLE', '503 PROVIDER_UNAVAILABLE']);
    slow.honest();
    await eventually(async () => expect((await through(gateway, slow, { name: 'slow' })).userId).toBeGreaterThan(0), {
      timeoutMs: 30_000,
    });
  });

  it('gives up windows that never came back rather than a request that is too large', async () => {
    const browser = new Wanderer(auth, json);
    for (let n = 0; n < 12; n++) await browser.start();
    expect([...browser.jar.keys()].filter((name) => name.startsWith('__Host-oauth-')).length).toBeLessThanOrEqual(6);
  });
});

describe('whoever has the secret of a gateway', () => {
  it('opens no session without what a provider has signed, for this sign-in, just now, once (O3, O5)', async () => {
    const person = aPerson();
    const nonce = aNonce();
    const issue = (lie: object = {}) => provider.issueIdToken({ person, nonce, ...lie });
    const now = Math.floor(Date.now() / 1000);
    const wrong: [string, string][] = [
      ['another nonce', issue({ nonce: aNonce() })],
      ['no nonce', issue({ claims: { nonce: undefined } })],
      ['another audience', issue({ claims: { aud: 'other' } })],
      ['another issuer', issue({ claims: { iss: 'https://evil.example' } })],
      ['another tenant', issue({ claims: { tid: OTHER_TENANT } })],
      ['an old one', issue({ claims: { iat: now - 3_000, exp: now + 600 } })],
      ['one that has expired', issue({ claims: { exp: now - 600 } })],
      ['no signature', issue({ alg: 'none' })],
      ['a key of its own', issue({ key: 'forged' })],
      ['a logout token', provider.issueLogoutToken({ person, claims: { nonce } })],
      ['an access token', provider.issueAccessToken({ person, claims: { nonce } })],
      ['another provider’s', second.issueIdToken({ nonce })],
      ['text', 'a.b.c'],
    ];
    for (const [what, idToken] of wrong) {
      expect([what, codeOf(await gateway.signIn('entra', idToken, nonce))]).toEqual([what, REFUSED]);
    }
    const good = issue();
    const race = await Promise.all([1, 2, 3].map(() => gateway.signIn('entra', good, nonce)));
    expect(race.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    // Nor by another spelling of its signature.
    const [head, claims, signature = ''] = good.split('.');
    const respelled = `${head}.${claims}.${Buffer.from(signature, 'base64url').toString('base64url')}`;
    expect((await gateway.signIn('entra', respelled, nonce)).body.error.details).toEqual({ reason: 'REPLAYED' });
  });

  it('finds an ID token spent that was taken anywhere else, whichever door it went through first (O1, O3)', async () => {
    const person = aPerson();
    provider.people.choose(person);
    /** Somebody at the provider, and the ID token that their browser’s return will bring. */
    const underWay = async () => {
      const browser = new Wanderer(auth, json);
      const location = await browser.start();
      const nonce = new URL(location).searchParams.get('nonce') ?? '';
      const idToken = provider.issueIdToken({ person, nonce });
      provider.lie({ members: { id_token: idToken } });
      return { browser, nonce, idToken, back: await browser.atProvider(location) };
    };
    const replayed = (answer: Answer) =>
      expect([codeOf(answer), answer.body.error.details]).toEqual([REFUSED, { reason: 'REPLAYED' }]);

    const direct = await underWay();
    expect((await direct.browser.back(direct.back)).status).toBe(303);
    replayed(await gateway.signIn('entra', direct.idToken, direct.nonce));
    replayed(await gateway.roles('entra', direct.idToken));

    const stolen = await underWay();
    expect((await gateway.signIn('entra', stolen.idToken, stolen.nonce)).status).toBe(200);
    replayed(await stolen.browser.back(stolen.back));
    nobodySignedIn(stolen.browser);

    const renewed = await underWay();
    expect((await gateway.roles('entra', renewed.idToken)).status).toBe(200);
    replayed(await gateway.signIn('entra', renewed.idToken, renewed.nonce));
    replayed(await renewed.browser.back(renewed.back));
    // A sign-in that was to link, too: what linked somebody signs nobody in.
    const owner = await signedIn(auth);
    const linking = new Wanderer(auth, json);
    const asked = await linking.go('POST', '/api/v1/auth/identities/entra/start', { token: owner.token, body: {} });
    const location = asked.body.data.redirect_to as string;
    const nonce = new URL(location).searchParams.get('nonce') ?? '';
    const stranger = aPerson();
    provider.people.choose(stranger);
    const idToken = provider.issueIdToken({ person: stranger, nonce });
    provider.lie({ members: { id_token: idToken } });
    expect((await linking.back(await linking.atProvider(location))).status).toBe(303);
    replayed(await gateway.signIn('entra', idToken, nonce));
  });

  it('brings in nobody of a tenant that is not listed, although its keys sign for every tenant (O5)', async () => {
    const nonce = aNonce();
    const guest = provider.people.add({ handle: aHandle(), tenantId: OTHER_TENANT });
    const idToken = provider.issueIdToken({ person: guest.handle, nonce });
    const answer = await gateway.signIn('many', idToken, nonce);
    expect([codeOf(answer), answer.body.error.details]).toEqual([REFUSED, { reason: 'TENANT_NOT_ALLOWED' }]);
    const member = provider.issueIdToken({ person: aPerson(), nonce });
    expect((await gateway.signIn('many', member, nonce)).status).toBe(200);
  });

  it('is nobody without the scope, as a person, from outside, or once the account is closed', async () => {
    const { token: admin } = await signedIn(auth, ['user', 'admin']);
    const nonce = aNonce();
    const client = { ipAddress: '203.0.113.9', userAgent: '' };
    const body = { provider: 'entra', idToken: provider.issueIdToken({ nonce }), nonce, client };
    const ask = (token: string | undefined, headers = {}) =>
      auth.ask('POST', SIGN_IN_FOR, { ...(token === undefined ? {} : { token }), body, headers });
    const other = await aService(auth, { accessToken: admin }, { scopes: ['orders:read'] });
    expect(codeOf(await ask(undefined))).toBe('401 TOKEN_MISSING');
    expect(codeOf(await ask(await tokenOf(auth, other)))).toBe('403 FORBIDDEN');
    expect(codeOf(await ask(admin))).toBe('403 FORBIDDEN');
    // Nor with a role that has a scope of that name.
    const named = await signedIn(auth, ['user', await aRole(auth, 'federation')]);
    expect(codeOf(await ask(named.token))).toBe('403 FORBIDDEN');
    expect(codeOf(await ask(gateway.token, { 'x-forwarded-for': '203.0.113.7' }))).toBe('404 NOT_FOUND');
    for (const path of [SIGN_IN_FOR, SIGN_OUT_FOR]) {
      const outside = await auth.ask('POST', path, {
        token: gateway.token,
        body,
        headers: { forwarded: 'for=203.0.113.7' },
      });
      expect(codeOf(outside)).toBe('404 NOT_FOUND');
    }
    const closing = await aGateway(auth);
    const path = `/api/v1/admin/service-accounts/${closing.service.clientId}`;
    await auth.ask('PATCH', path, { token: admin, body: { disabled: true } });
    expect((await ask(closing.token)).status).toBe(401);
    expect((await ask(gateway.token)).status).toBe(200);
  });

  it('is told what is wrong with a request, whatever it is made of (A14, C18, R11)', async () => {
    const nonce = aNonce();
    const idToken = provider.issueIdToken({ nonce });
    const sound = { provider: 'entra', idToken, nonce, client: { ipAddress: '203.0.113.9', userAgent: 'x' } };
    const ask = (body: unknown, path = SIGN_IN_FOR) => auth.ask('POST', path, { token: gateway.token, body });
    const odd: unknown[] = [0, null, [], {}, ['a'], true, '', '\u0000', 'x'.repeat(3_000), { $ne: null }];
    for (const value of odd) {
      for (const field of Object.keys(sound)) {
        const { status } = await ask({ ...sound, [field]: value });
        // Any text may be handed in for a token; what is none is not believed.
        const wanted = field === 'idToken' && typeof value === 'string' && value !== '' ? 403 : 400;
        expect([field, value, status]).toEqual([field, value, wanted]);
      }
      if (value === '') continue;
      expect((await ask({ ...sound, client: { ipAddress: value, userAgent: 'x' } })).status).toBe(400);
    }
    for (const body of [
      { ...sound, userId: 1 },
      { ...sound, client: { ...sound.client, roles: ['admin'] } },
      {},
      undefined,
    ]) {
      expect((await ask(body)).status).toBe(400);
    }
    expect(codeOf(await ask({ ...sound, provider: 'constructor' }))).toBe('404 PROVIDER_NOT_FOUND');
    for (const body of [
      { provider: 'entra' },
      { provider: 'entra', issuer: 'x' },
      { provider: 'entra', providerSessionId: 'x' },
      { provider: 'entra', issuer: 'x', providerSessionId: 'x', logoutToken: 'a.b.c' },
      { provider: 'entra', logoutToken: 'a.b.c', issuer: 'x' },
    ]) {
      expect((await ask(body, SIGN_OUT_FOR)).status).toBe(400);
    }
    expect((await ask(sound)).status).toBe(200);
  });
});

describe('whoever wants to sign others out', () => {
  it('needs a security event that the provider has signed for us (O9)', async () => {
    const person = aPerson();
    const { sid } = provider.openSession(person);
    const { accessToken } = await through(gateway, provider, { person, sid });
    const type = 'application/secevent+jwt';
    const push = (body: string, contentType = type, name = 'entra') =>
      auth.ask('POST', `${OAUTH}/${name}/events`, { headers: { 'content-type': contentType }, body });
    const issue = (lie: object = {}) => provider.issueSecurityEvent({ person, sid, ...lie });
    const elsewhere = provider.issuer(OTHER_TENANT);
    const wrong: [string, string, string][] = [
      ['another issuer', issue({ claims: { iss: 'https://evil.example' } }), 'invalid_request'],
      ['another tenant', issue({ claims: { iss: elsewhere } }), 'invalid_issuer'],
      ['another audience', issue({ claims: { aud: 'other' } }), 'invalid_audience'],
      ['a key of its own', issue({ key: 'forged' }), 'invalid_request'],
      ['no signature', issue({ alg: 'none' }), 'invalid_request'],
      [
        'somebody of another tenant',
        issue({ claims: { sub_id: { format: 'iss_sub', iss: elsewhere, sub: 'x' } } }),
        'invalid_request',
      ],
      ['an address', issue({ claims: { sub_id: { format: 'email', email: 'a@b.test' } } }), 'invalid_request'],
      ['a logout token', provider.issueLogoutToken({ person, sid }), 'invalid_request'],
      ['an ID token', provider.issueIdToken({ person, sid }), 'invalid_request'],
      ['another provider’s', second.issueSecurityEvent({ sid }), 'invalid_request'],
      ['text', 'a.b.c', 'invalid_request'],
      ['nothing', ' ', 'invalid_request'],
    ];
    for (const [what, token, err] of wrong) {
      const answer = await push(token);
      expect([what, answer.status, answer.body.err]).toEqual([what, 400, err]);
      expect(answer.headers['content-language']).toBe('en');
    }
    // Another session under the same person's name, or the same session under another's: neither is meant.
    expect((await push(provider.issueSecurityEvent({ person: aPerson(), sid }))).status).toBe(202);
    expect(codeOf(await push(issue(), type, 'nobody'))).toBe('404 PROVIDER_NOT_FOUND');
    expect((await push(JSON.stringify({ token: issue() }), 'application/json')).status).toBe(400);
    expect(codeOf(await push(issue(), 'text/plain'))).toBe('415 UNSUPPORTED_MEDIA_TYPE');
    // The type is taken nowhere else.
    const elsewhereTaken = await auth.ask('POST', '/api/v1/auth/signin', {
      headers: { 'content-type': type },
      body: 'a',
    });
    expect(codeOf(elsewhereTaken)).toBe('415 UNSUPPORTED_MEDIA_TYPE');
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: accessToken })).status).toBe(200);
    expect((await push(issue())).status).toBe(202);
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: accessToken })).status).toBe(401);
  });

  it('needs a logout token that the provider has signed (O7)', async () => {
    const person = aPerson();
    const { sid } = provider.openSession(person);
    const { accessToken } = await through(gateway, provider, { person, sid });
    const now = Math.floor(Date.now() / 1000);
    const issue = (lie: object = {}) => provider.issueLogoutToken({ person, sid, ...lie });
    const wrong: [string, string][] = [
      ['no events', issue({ claims: { events: undefined } })],
      ['other events', issue({ claims: { events: { 'http://example.test': {} } } })],
      ['a nonce', issue({ claims: { nonce: 'x' } })],
      ['neither sid nor sub', issue({ claims: { sid: undefined, sub: undefined } })],
      ['another audience', issue({ claims: { aud: 'other' } })],
      ['another issuer', issue({ claims: { iss: 'https://evil.example' } })],
      ['no jti', issue({ claims: { jti: undefined } })],
      ['an old one', issue({ claims: { iat: now - 86_400, exp: now - 80_000 } })],
      ['no signature', issue({ alg: 'none' })],
      ['a key of its own', issue({ key: 'forged' })],
      ['an ID token', provider.issueIdToken({ person, sid })],
    ];
    for (const [what, logoutToken] of wrong) {
      const answer = await gateway.signOut({ provider: 'entra', logoutToken });
      expect([what, codeOf(answer)]).toEqual([what, '400 LOGOUT_TOKEN_INVALID']);
      const direct = await auth.ask('POST', `${OAUTH}/entra/backchannel-logout`, {
        headers: FORM,
        body: `logout_token=${encodeURIComponent(logoutToken)}`,
      });
      expect([what, direct.status, direct.headers['cache-control']]).toEqual([what, 400, 'no-store']);
    }
    // One session’s word says nothing of another person, or of another session.
    const stranger = provider.issueLogoutToken({ person: aPerson(), sid });
    expect((await gateway.signOut({ provider: 'entra', logoutToken: stranger })).body.data).toEqual({ ended: 0 });
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: accessToken })).status).toBe(200);
  });

  it('ends nothing by a front channel without knowing the name of the session, nor with a page of theirs (O10)', async () => {
    const person = aPerson();
    const { sid } = provider.openSession(person);
    const { accessToken } = await through(gateway, provider, { person, sid });
    const iss = encodeURIComponent(provider.issuer());
    const evil = encodeURIComponent('https://evil.example');
    for (const query of [
      '',
      `iss=${iss}`,
      `sid=${sid}`,
      `iss=${evil}&sid=${sid}`,
      `iss=${iss}&sid=x`,
      `iss=${iss}&sid=${sid}&sid=${sid}`,
      `iss=${iss}&sid=%25`,
    ]) {
      const answer = await auth.ask('GET', `${OAUTH}/entra/frontchannel-logout?${query}`);
      expect([query, answer.status]).toEqual([query, 200]);
    }
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: accessToken })).status).toBe(200);
    provider.people.choose(person);
    const browser = new Wanderer(auth, json);
    await browser.signIn();
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(codeOf(await browser.go('POST', '/api/v1/auth/signout', { headers }))).toBe('403 CSRF_FAILED');
    expect((await browser.go('GET', '/api/v1/auth/me')).status).toBe(200);
  });

  it('does not end what was begun after the word was given', async () => {
    const person = aPerson();
    const iat = Math.floor(Date.now() / 1000) - 100;
    const late = provider.issueLogoutToken({ person, claims: { iat, exp: iat + 200 } });
    const { userId, sessionId } = await through(gateway, provider, { person });
    expect((await gateway.signOut({ provider: 'entra', logoutToken: late })).body.data).toEqual({ ended: 0 });
    expect(await auth.app.get(SessionStore).find(userId, sessionId)).toBeDefined();
  });
});

it('writes no token, code, secret or address of anybody into the log (I13)', () => {
  expect(auth.log()).not.toMatch(/eyJ|@example\.test|oauth_code|scripted-client-secret|code_verifier/);
});
