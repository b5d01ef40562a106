import { SessionStore } from '@gatehouse/session-store';
import { eventually, freshMysqlDatabaseUrl, type RedisServer, startRedis } from '@gatehouse/testing';
import { signedIn } from '../../test/administrators.js';
import {
  aGateway,
  aHandle,
  aNonce,
  anExchange,
  APP_URL,
  codeIn,
  type Gateway,
  OAUTH,
  PUBLIC_URL,
  ROLES_FOR,
  providerEntry,
  type ScriptedProvider,
  startScriptedProvider,
  through,
  Wanderer,
} from '../../test/federation-world.js';
import { claimsOf, FORM } from '../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { OpenSession } from '../sign-in/open-session.js';
import { IdentityStore } from './identities/identity-store.port.js';
import { providerSessionPrint } from './identities/prints.js';
import { FederatedSignOut } from './logout/federated-sign-out.js';

/** Two seconds of the service, and what a busy machine adds. */
const MOST_MS = 3_000;

const codeOf = ({ status, body }: Answer) => `${status} ${body?.error?.code ?? ''}`.trim();

let redis: RedisServer | undefined;
afterAll(() => redis?.stop());

async function sharedEnv(): Promise<Record<string, string>> {
  redis = await startRedis();
  const { keyEncryptionKey, rootSigningKey } = generateSecrets();
  return {
    DATABASE_URL: await freshMysqlDatabaseUrl(),
    REDIS_URL: redis.url,
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    ROOT_SIGNING_KEY: rootSigningKey,
  };
}

describe.each([
  ['SQLite and memory', async (): Promise<Record<string, string>> => ({})],
  ['MySQL and Redis', sharedEnv],
])('people a provider vouches for, on %s', (_name, envOf) => {
  let provider: ScriptedProvider;
  let generic: ScriptedProvider;
  let auth: RunningAuth;
  let gateway: Gateway;
  beforeAll(async () => {
    provider = await startScriptedProvider({ kind: 'entra' });
    generic = await startScriptedProvider();
    const roleMap = { 'Orders.Admin': ['order-admin'], 'Orders.Read': ['order-reader'] };
    auth = await startAuth({
      ...(await envOf()),
      PUBLIC_URL,
      APP_URL,
      COOKIE_MODE: 'on',
      IDENTITY_PROVIDERS: JSON.stringify({
        ...providerEntry('entra', provider, {
          displayName: 'Contoso',
          roleMap,
          bearer: { scopes: ['access_as_user'] },
        }),
        ...providerEntry('generic', generic, { signUp: 'invite-only' }),
      }),
    });
    // The other one the map defines by naming it.
    for (const role of ['order-admin']) await auth.app.get(RightsStore).createRole(role, [`${role}:use`]);
    gateway = await aGateway(auth);
  }, 60_000);
  afterAll(async () => {
    await auth?.close();
    await Promise.all([provider?.close(), generic?.close()]);
  });

  const me = (token: string) => auth.ask('GET', '/api/v1/auth/me', { token });
  const sessionsOf = async (token: string) =>
    (await auth.ask('GET', '/api/v1/sessions', { token })).body.data.sessions as Record<string, unknown>[];

  it('get an ordinary session through a gateway, with the browser that they sit at', async () => {
    const { handle } = provider.people.add({ handle: aHandle(), displayName: 'Ada Lovelace' });
    const claims = { amr: ['pwd', 'mfa', 'not a method'], acr: 'urn:example:strong' };
    const signedInPerson = await through(gateway, provider, { person: handle, claims });
    const { userId, sessionId, accessToken, accessTokenExpiresAt, refreshToken, expiresAt } = signedInPerson;
    expect(claimsOf(accessToken)).toMatchObject({
      sub: String(userId),
      sid: sessionId,
      client_id: 'gateway',
      roles: ['user'],
    });
    expect(claimsOf(accessToken)).toMatchObject({ amr: ['pwd', 'mfa'], acr: 'urn:example:strong' });
    expect(accessTokenExpiresAt).toBe(Number(claimsOf(accessToken)['exp']) * 1000);
    expect(expiresAt).toBeGreaterThan(accessTokenExpiresAt);
    expect((await me(accessToken)).body.data.user).toMatchObject({ id: userId, name: 'Ada Lovelace' });
    const [session] = await sessionsOf(accessToken);
    expect(session).toMatchObject({ id: sessionId, ip_address: '203.0.113.9', user_agent: 'Firefox' });
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
    expect(refreshed.status).toBe(200);
    // The same person again: the same account, another session.
    expect(await through(gateway, provider, { person: handle })).toMatchObject({ userId });
    expect(await sessionsOf(accessToken)).toHaveLength(2);
    // Ended where all sessions are.
    expect((await auth.ask('DELETE', `/api/v1/sessions/${sessionId}`, { token: accessToken })).status).toBe(200);
    expect(codeOf(await me(accessToken))).toBe('401 SESSION_REVOKED');
  });

  it('limit their own sessions like everybody', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const claims = { auth_time: Math.floor(Date.now() / 1000) };
    const { accessToken: token, refreshToken } = await through(gateway, provider, { person: handle, claims });
    const body = { max_sessions: 1, idle_seconds: 1_800, absolute_seconds: 7_200 };
    expect(codeOf(await auth.ask('PATCH', '/api/v1/auth/me/session-policy', { token, body }))).toBe('200');
    const next = await through(gateway, provider, { person: handle });
    const [session, ...others] = await sessionsOf(next.accessToken);
    const [openedMs, idleMs, absoluteMs] = ['created_at', 'idle_expires_at', 'absolute_expires_at'].map((name) =>
      Date.parse(String(session![name])),
    );
    expect([idleMs! - openedMs!, absoluteMs! - openedMs!, others]).toEqual([1_800_000, 7_200_000, []]);
    const evicted = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
    expect(codeOf(evicted)).toBe('401 REFRESH_EXPIRED');
  });

  it('have not proven themselves in time to come, nor are a service, though their provider says so (O8)', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const now = Math.floor(Date.now() / 1000);
    const claims = { acr: 'service', auth_time: now + 3_600 };
    const { auth_time: authTime, acr } = claimsOf(
      (await through(gateway, provider, { person: handle, claims })).accessToken,
    );
    expect(acr).not.toBe('service');
    expect(Number(authTime)).toBeLessThan(now + 600);
  });

  it('are who their key says and never who their address says (O4)', async () => {
    const victim = await signedIn(auth);
    const claims = { email: victim.email, preferred_username: victim.email, upn: victim.email, email_verified: false };
    const other = provider.people.add({ handle: aHandle() });
    const first = await through(gateway, provider, { person: other.handle, claims });
    expect(first.userId).not.toBe(victim.user.id);
    expect((await me(first.accessToken)).body.data.user.email).toMatch(/^entra-[0-9a-f]{24}@identities\.invalid$/);
    // Another tenant's idea of the same address: not listed, so nobody at all.
    const nonce = aNonce();
    const tid = '22222222-2222-4222-8222-222222222222';
    const foreign = provider.issueIdToken({
      nonce,
      person: other.handle,
      claims: { tid, iss: provider.issuer(tid), email: victim.email },
    });
    expect(codeOf(await gateway.signIn('entra', foreign, nonce))).toBe('403 IDENTITY_REFUSED');
    // One that the provider has proven does not link either: it tells its owner to.
    const proven = provider.issueIdToken({
      nonce,
      person: provider.people.add({ handle: aHandle() }).handle,
      claims: { email: victim.email, email_verified: true, xms_edov: true },
    });
    expect(codeOf(await gateway.signIn('entra', proven, nonce))).toBe('409 LINK_REQUIRED');
    expect((await sessionsOf(victim.token)).map(({ id }) => id)).toEqual([victim.sessionId]);
  });

  it('are one account, though they come for the first time in two windows at once', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const identities = auth.app.get(IdentityStore);
    const createUser = identities.createUser.bind(identities);
    let quicker: number | undefined;
    jest.spyOn(identities, 'createUser').mockImplementationOnce(async (...given) => {
      quicker = (await through(gateway, provider, { person: handle })).userId;
      return createUser(...given);
    });
    const { userId, accessToken } = await through(gateway, provider, { person: handle });
    expect(userId).toBe(quicker);
    expect(await sessionsOf(accessToken)).toHaveLength(2);
  });

  it('have the roles their provider says, and lose them there, and keep those they were given here', async () => {
    const { handle } = provider.people.add({ handle: aHandle(), roles: ['Orders.Admin', 'Unmapped'] });
    const first = await through(gateway, provider, { person: handle });
    expect(claimsOf(first.accessToken)).toMatchObject({ roles: ['user', 'order-admin'], scope: 'order-admin:use' });
    const admin = await signedIn(auth, ['user', 'admin']);
    const given = { roles: ['user', 'order-admin', 'admin'] };
    expect(
      (await auth.ask('PATCH', `/api/v1/admin/users/${first.userId}`, { token: admin.token, body: given })).status,
    ).toBe(200);
    provider.people.change(handle, { roles: ['Orders.Read'] });
    const second = await through(gateway, provider, { person: handle });
    expect([...(claimsOf(second.accessToken)['roles'] as string[])].sort()).toEqual(['admin', 'order-reader', 'user']);
    // What was taken counts at once, everywhere: the tokens of before are stale, and one refresh cures it.
    expect(codeOf(await me(first.accessToken))).toBe('401 TOKEN_STALE');
    const cured = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: first.refreshToken } });
    expect(claimsOf(cured.body.data.access_token)['roles']).not.toContain('order-admin');
    provider.people.change(handle, { roles: [] });
    const third = await through(gateway, provider, { person: handle });
    expect([...(claimsOf(third.accessToken)['roles'] as string[])].sort()).toEqual(['admin', 'user']);
  });

  it('lose at a refresh what the provider has taken away meanwhile, everywhere (L7, L11)', async () => {
    const { handle } = provider.people.add({ handle: aHandle(), roles: ['Orders.Admin'] });
    const { accessToken, refreshToken } = await through(gateway, provider, { person: handle });
    expect(claimsOf(accessToken)['roles']).toContain('order-admin');
    provider.people.change(handle, { roles: ['Orders.Read'] });
    const idToken = provider.issueIdToken({ person: handle });
    const told = await gateway.roles('entra', idToken);
    expect(told.status).toBe(200);
    expect([...(told.body.data.roles as string[])].sort()).toEqual(['order-reader', 'user']);
    expect(codeOf(await me(accessToken))).toBe('401 TOKEN_STALE');
    const cured = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
    expect([...(claimsOf(cured.body.data.access_token)['roles'] as string[])].sort()).toEqual(['order-reader', 'user']);

    // Once, only what the provider has signed for us, and only about people there are; none of it opens anything.
    for (const [token, code] of [
      [idToken, '403 IDENTITY_REFUSED'],
      [provider.issueIdToken({ person: handle, key: 'forged' }), '403 IDENTITY_REFUSED'],
      [
        provider.issueIdToken({ person: handle, claims: { iat: Math.floor(Date.now() / 1000) - 3_000 } }),
        '403 IDENTITY_REFUSED',
      ],
      [provider.issueIdToken({ person: handle, claims: { aud: 'other' } }), '403 IDENTITY_REFUSED'],
      [provider.issueAccessToken({ person: handle }), '403 IDENTITY_REFUSED'],
      [provider.issueIdToken({ person: provider.people.add({ handle: aHandle() }).handle }), '404 IDENTITY_NOT_FOUND'],
    ] as const) {
      expect(codeOf(await gateway.roles('entra', token))).toBe(code);
    }
    const person = await auth.ask('POST', ROLES_FOR, {
      token: cured.body.data.access_token,
      body: { provider: 'entra', idToken: provider.issueIdToken({ person: handle }) },
    });
    expect(codeOf(person)).toBe('403 FORBIDDEN');
  });

  it('come in by cookie through a browser, and by code through an application', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    provider.people.choose(handle);
    const browser = new Wanderer(auth);
    const landed = await browser.signIn('entra', '?returnTo=/orders%3Fpage%3D2');
    expect([landed.status, landed.headers['location']]).toEqual([303, `${APP_URL}/orders?page=2`]);
    expect([...browser.jar.keys()].sort()).toEqual(expect.arrayContaining(['__Host-sid_at', '__Secure-sid_rt']));
    expect([...browser.jar.keys()].filter((name) => name.includes('oauth'))).toEqual([]);
    const mine = await browser.go('GET', '/api/v1/auth/me');
    expect(mine.status).toBe(200);

    const application = new Wanderer(auth);
    const { verifier, query } = anExchange();
    const returned = await application.signIn('entra', query);
    expect(returned.headers['location']).toMatch(/^https:\/\/app\.test\/orders\?page=2#oauth_code=[\w-]+$/);
    expect(application.jar.has('__Host-sid_at')).toBe(false);
    const body = { code: codeIn(returned), code_verifier: verifier, device_name: 'Kitchen tablet' };
    const exchanged = await auth.ask('POST', `${OAUTH}/entra/exchange`, { body });
    expect([exchanged.status, exchanged.body.data.user.id]).toEqual([200, mine.body.data.user.id]);
    expect(exchanged.headers['x-session-id']).toBe(exchanged.body.data.session.id);
    // Once.
    expect(codeOf(await auth.ask('POST', `${OAUTH}/entra/exchange`, { body }))).toBe('400 OAUTH_STATE');
    const list = await auth.ask('GET', OAUTH);
    expect(list.body.data.providers[0]).toEqual({
      name: 'entra',
      display_name: 'Contoso',
      start: `${OAUTH}/entra/start`,
    });
  });

  it('are told at sign-out where they sign out at the provider too, and nobody else is (O10)', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    provider.people.choose(handle);
    const { verifier, query } = anExchange();
    const code = codeIn(await new Wanderer(auth).signIn('entra', query));
    const body = { code, code_verifier: verifier };
    const { access_token: token } = (await auth.ask('POST', `${OAUTH}/entra/exchange`, { body })).body.data;
    const left = await auth.ask('POST', '/api/v1/auth/signout', { token });
    expect(left.status).toBe(200);
    const there = new URL(left.body.data.provider_sign_out as string);
    expect(there.origin).toBe(provider.origin);
    expect(Object.fromEntries(there.searchParams)).toEqual({
      client_id: provider.clientId,
      post_logout_redirect_uri: `${APP_URL}/`,
    });
    // Here it has ended already, whether or not anybody goes there.
    expect((await me(token)).status).toBe(401);

    // Nobody is sent to a provider for a session on another device, or one that began here.
    const [one, other] = [
      await through(gateway, provider, { person: handle }),
      await through(gateway, provider, { person: handle }),
    ];
    const ofOther = await auth.ask('POST', '/api/v1/auth/signout', {
      token: one.accessToken,
      headers: { 'x-session-id': other.sessionId },
    });
    expect([ofOther.status, ofOther.body.data]).toEqual([
      200,
      expect.not.objectContaining({ provider_sign_out: expect.anything() as string }),
    ]);
    const local = await signedIn(auth, ['user']);
    const answer = await auth.ask('POST', '/api/v1/auth/signout', { token: local.token });
    expect([answer.status, answer.body.data.provider_sign_out]).toEqual([200, undefined]);
  });

  it('exchange an access token of the provider for a session, once', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const subject_token = provider.issueAccessToken({ person: handle });
    const bearer = (body: object, name = 'entra') => auth.ask('POST', `${OAUTH}/${name}/bearer`, { body });
    const answer = await bearer({ subject_token, device_name: 'Phone' });
    expect(answer.status).toBe(200);
    expect((await through(gateway, provider, { person: handle })).userId).toBe(answer.body.data.user.id);
    const replayed = await bearer({ subject_token });
    expect([codeOf(replayed), replayed.body.error.details]).toEqual(['403 IDENTITY_REFUSED', { reason: 'REPLAYED' }]);
    for (const other of [
      provider.issueAccessToken({ person: handle, scope: 'other' }),
      provider.issueAccessToken({ person: handle, audience: '00000003-0000-0000-c000-000000000000' }),
      provider.issueAccessToken({ person: handle, claims: { scp: undefined, roles: ['access_as_user'] } }),
      // An application's own, whatever else it says.
      provider.issueAccessToken({ person: handle, claims: { idtyp: 'app', roles: ['Orders.Read'] } }),
      provider.issueAccessToken({ person: handle, key: 'forged' }),
      provider.issueIdToken({ person: handle }),
    ]) {
      expect(codeOf(await bearer({ subject_token: other }))).toBe('403 IDENTITY_REFUSED');
    }
    // Not everywhere: only where the settings say which scope will do.
    expect(codeOf(await bearer({ subject_token: generic.issueAccessToken() }, 'generic'))).toBe(
      '404 PROVIDER_NOT_FOUND',
    );
  });

  it('are let in by invitation only where that is set', async () => {
    const { handle } = generic.people.add({ handle: aHandle() });
    const nonce = aNonce();
    const answer = await gateway.signIn('generic', generic.issueIdToken({ person: handle, nonce }), nonce);
    expect(codeOf(answer)).toBe('403 SIGN_UP_CLOSED');
  });

  it('are signed out by a logout token: of one session there, or of all of theirs (O7)', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const [one, other] = [provider.openSession(handle), provider.openSession(handle)];
    const here = await through(gateway, provider, { person: handle, sid: one.sid });
    const there = await through(gateway, provider, { person: handle, sid: other.sid });
    const logoutToken = provider.issueLogoutToken({ person: handle, sid: one.sid });
    const ended = await gateway.signOut({ provider: 'entra', logoutToken });
    expect([ended.status, ended.body.data]).toEqual([200, { ended: 1 }]);
    expect(codeOf(await me(here.accessToken))).toBe('401 SESSION_REVOKED');
    expect((await me(there.accessToken)).status).toBe(200);
    expect(codeOf(await gateway.signOut({ provider: 'entra', logoutToken }))).toBe('400 LOGOUT_TOKEN_INVALID');
    // No sign-in that was on its way brings a session back that has ended there.
    const nonce = aNonce();
    const late = provider.issueIdToken({ person: handle, nonce, sid: one.sid });
    const refused = await gateway.signIn('entra', late, nonce);
    expect([codeOf(refused), refused.body.error.details]).toEqual([
      '403 IDENTITY_REFUSED',
      { reason: 'PROVIDER_SESSION_ENDED' },
    ]);
    const all = await gateway.signOut({
      provider: 'entra',
      logoutToken: provider.issueLogoutToken({ person: handle }),
    });
    expect(all.body.data).toEqual({ ended: 1 });
    expect(codeOf(await me(there.accessToken))).toBe('401 SESSION_REVOKED');
    await auth.app.get(AuditLog).flush();
    const { entries } = await auth.app.get(AuditTrail).page({ userId: here.userId, limit: 100 });
    const reasons = entries.filter(({ kind }) => kind === 'session.revoked').map(({ details }) => details?.['reason']);
    expect(reasons).toEqual(['idp_logout', 'idp_logout']);
    const { entries: logouts } = await auth.app.get(AuditTrail).page({ kinds: ['provider.logout'], limit: 100 });
    expect(logouts.length).toBeGreaterThanOrEqual(2);
    // And may come again.
    expect((await through(gateway, provider, { person: handle })).userId).toBe(here.userId);
  });

  it('are signed out where the provider speaks to this service itself', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const [one, other] = [provider.openSession(handle), provider.openSession(handle)];
    const [first, second] = [
      await through(gateway, provider, { person: handle, sid: one.sid }),
      await through(gateway, provider, { person: handle, sid: other.sid }),
    ];
    const back = (body: string) => auth.ask('POST', `${OAUTH}/entra/backchannel-logout`, { headers: FORM, body });
    const token = provider.issueLogoutToken({ sid: one.sid });
    expect(codeOf(await back(`logout_token=${token}&logout_token=${token}`))).toBe('400');
    const done = await back(`logout_token=${token}`);
    expect([done.status, done.text, done.headers['cache-control']]).toEqual([200, '', 'no-store']);
    expect(codeOf(await me(first.accessToken))).toBe('401 SESSION_REVOKED');
    expect((await back(`logout_token=${token}`)).body).toMatchObject({ error: 'invalid_request' });
    const front = (query: string) => auth.ask('GET', `${OAUTH}/entra/frontchannel-logout?${query}`);
    const iss = encodeURIComponent(provider.issuer());
    const page = await front(`iss=${iss}&sid=${other.sid}`);
    expect([page.status, page.headers['cache-control'], page.headers['x-frame-options']]).toEqual([
      200,
      'no-store',
      undefined,
    ]);
    expect(page.headers['content-security-policy']).toContain('frame-ancestors *');
    expect(codeOf(await me(second.accessToken))).toBe('401 SESSION_REVOKED');
  });

  it('are signed out by a security event of their provider, once, however often it is told (O9)', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const [one, other] = [provider.openSession(handle), provider.openSession(handle)];
    const [here, there] = [
      await through(gateway, provider, { person: handle, sid: one.sid }),
      await through(gateway, provider, { person: handle, sid: other.sid }),
    ];
    const headers = { 'content-type': 'application/secevent+jwt', accept: 'application/json' };
    const push = (body: string, name = 'entra') => auth.ask('POST', `${OAUTH}/${name}/events`, { headers, body });
    const ofOne = provider.issueSecurityEvent({ person: handle, sid: one.sid });
    const done = await push(ofOne);
    expect([done.status, done.text, done.headers['cache-control']]).toEqual([202, '', 'no-store']);
    expect(codeOf(await me(here.accessToken))).toBe('401 SESSION_REVOKED');
    expect((await me(there.accessToken)).status).toBe(200);

    // The sender has missed the answer; who signed in meanwhile stays, as does who comes after the event.
    const ofAll = provider.issueSecurityEvent({
      person: handle,
      claims: { aud: `${PUBLIC_URL}${OAUTH}/entra/events` },
    });
    expect((await push(ofAll)).status).toBe(202);
    expect(codeOf(await me(there.accessToken))).toBe('401 SESSION_REVOKED');
    const back = await through(gateway, provider, { person: handle });
    for (const again of [ofOne, ofAll]) expect((await push(again)).status).toBe(202);
    const before = Math.floor(Date.now() / 1000) - 120;
    const event = {
      'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: before },
    };
    expect((await push(provider.issueSecurityEvent({ person: handle, claims: { events: event } }))).status).toBe(202);
    expect((await me(back.accessToken)).status).toBe(200);

    await auth.app.get(AuditLog).flush();
    const { entries } = await auth.app.get(AuditTrail).page({ kinds: ['provider.logout'], limit: 100 });
    const byEvent = entries.filter(({ details }) => details?.['channel'] === 'event');
    expect(byEvent.map(({ details }) => details?.['sessions']).sort()).toEqual([0, 1, 1]);
  });

  it('do not come back with what was issued before the provider ended all of theirs (O7, O9)', async () => {
    const now = Math.floor(Date.now() / 1000);
    const headers = { 'content-type': 'application/secevent+jwt' };
    const push = (body: string) => auth.ask('POST', `${OAUTH}/entra/events`, { headers, body });
    const words = [
      (person: string) => gateway.signOut({ provider: 'entra', logoutToken: provider.issueLogoutToken({ person }) }),
      (person: string) => push(provider.issueSecurityEvent({ person })),
    ];
    for (const end of words) {
      const { handle } = provider.people.add({ handle: aHandle() });
      const held = () => {
        const nonce = aNonce();
        const idToken = provider.issueIdToken({ person: handle, nonce, claims: { iat: now - 5 } });
        return gateway.signIn('entra', idToken, nonce);
      };
      expect((await held()).status).toBe(200);
      expect((await end(handle)).status).toBeLessThan(300);
      const late = await held();
      expect([codeOf(late), late.body.error.details]).toEqual([
        '403 IDENTITY_REFUSED',
        { reason: 'PROVIDER_SESSION_ENDED' },
      ]);
      // An older word that comes after it changes nothing.
      const events = {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: now - 120 },
      };
      expect((await push(provider.issueSecurityEvent({ person: handle, claims: { events } }))).status).toBe(202);
      expect((await held()).status).toBe(403);
      // Whoever proves it anew is in again.
      expect((await through(gateway, provider, { person: handle })).userId).toBeGreaterThan(0);
    }
  });

  it('are refused once their account is closed, and their sessions end with it', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const { userId, accessToken, sessionId } = await through(gateway, provider, { person: handle });
    const admin = await signedIn(auth, ['user', 'admin']);
    const close = { token: admin.token, body: { disabled: true } };
    expect((await auth.ask('PATCH', `/api/v1/admin/users/${userId}`, close)).status).toBe(200);
    const nonce = aNonce();
    expect(codeOf(await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce))).toBe(
      '403 ACCOUNT_DISABLED',
    );
    expect((await me(accessToken)).status).toBe(401);
    await eventually(async () => expect(await auth.app.get(SessionStore).find(userId, sessionId)).toBeUndefined());
  });

  it('stay signed out where an instance dies between taking a word and carrying it out', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const { sid } = provider.openSession(handle);
    const { accessToken } = await through(gateway, provider, { person: handle, sid });
    const print = providerSessionPrint('entra', provider.issuer(), sid);
    const marked = await auth.app
      .get(IdentityStore)
      .endAtProvider({ providerSessionPrint: print }, Date.now(), undefined);
    expect(marked).toHaveLength(1);
    expect((await me(accessToken)).status).toBe(200);
    await auth.app.get(FederatedSignOut).settle();
    expect(codeOf(await me(accessToken))).toBe('401 SESSION_REVOKED');
    expect(await auth.app.get(IdentityStore).unsettled(10)).toEqual([]);
  });

  it('get no session that could not be recorded, and are told so in time', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    await through(gateway, provider, { person: handle });
    if (redis) redis.pause();
    // Memory is never away; this is what it would come to.
    else jest.spyOn(auth.app.get(OpenSession), 'run').mockResolvedValueOnce(undefined);
    const nonce = aNonce();
    const startedMs = performance.now();
    const answer = await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce);
    const tookMs = performance.now() - startedMs;
    redis?.resume();
    expect(codeOf(answer)).toBe('503 SESSION_ERROR');
    expect(Number(answer.headers['retry-after'] ?? 1)).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(MOST_MS);
    await eventually(
      async () => expect((await through(gateway, provider, { person: handle })).userId).toBeGreaterThan(0),
      {
        timeoutMs: 20_000,
      },
    );
  });
});
