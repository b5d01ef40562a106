import { randomUuid } from '@gatehouse/kernel';
import { listRoutes } from '@gatehouse/nest-kit';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { aRole, signedIn, type SignedInPerson } from '../../test/administrators.js';
import { aProof, aServiceKey } from '../../test/client-proof.js';
import { aService, tokenOf } from '../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AccountTokens } from '../accounts/tokens/account-tokens.js';
import { ADMIN_AREAS } from '../roles/permissions.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { UserRepository } from '../users/user-repository.port.js';

/** What somebody with a small part in administration would try, to get a larger one. */
describe('somebody who may manage people, and no more', () => {
  let auth: RunningAuth;
  let admin: SignedInPerson;
  let helper: SignedInPerson;
  beforeAll(async () => {
    auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    admin = await signedIn(auth, ['user', 'admin']);
    const role = await aRole(auth, 'admin:users', 'admin:sessions', 'admin:roles', 'admin:revocations', 'orders:read');
    helper = await signedIn(auth, ['user', role]);
  });
  afterAll(() => auth.close());

  const by = async (token: string, method: string, path: string, body?: unknown) =>
    (await auth.ask(method, `/api/v1/admin/${path}`, { token, ...(body === undefined ? {} : { body }) })).body;

  it('cannot become an administrator, make one, or make a role that is one', async () => {
    const attempts: readonly (readonly [string, string, object])[] = [
      ['PATCH', `users/${helper.user.id}`, { roles: ['user', 'admin'] }],
      ['POST', 'users', { email: 'minion@example.test', roles: ['admin'] }],
      ['POST', 'roles', { name: 'keeper', permissions: ['admin:keys'] }],
      ['PUT', 'roles/support', { permissions: ['admin:keys', 'admin:users:read'] }],
      ['PUT', 'roles/admin', { permissions: ['orders:refund'] }],
    ];
    for (const [method, path, body] of attempts) {
      expect([path, (await by(helper.token, method, path, body)).error?.code]).toEqual([path, 'BEYOND_OWN_RIGHTS']);
    }
  });

  it('cannot lay hands on somebody who has more', async () => {
    const path = `users/${admin.user.id}`;
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['PATCH', path, { disabled: true }],
      ['PATCH', path, { demand_password_reset: true }],
      ['PATCH', path, { unlock: true }],
      ['PATCH', path, { roles: ['user'] }],
      ['DELETE', path],
      ['DELETE', `${path}/sessions`],
      ['DELETE', `${path}/sessions/${admin.sessionId}`],
      ['POST', 'revocations', { scope: 'sub', value: String(admin.user.id) }],
      ['POST', 'revocations', { scope: 'sid', value: admin.sessionId }],
    ];
    for (const [method, where, body] of attempts) {
      expect([where, (await by(helper.token, method, where, body)).error?.code]).toEqual([where, 'BEYOND_OWN_RIGHTS']);
    }
    expect((await by(admin.token, 'GET', path)).success).toBe(true);
  });

  it('falls short of an administrator with every single permission too: some routes ask for the role', async () => {
    const everything = ADMIN_AREAS.map((area) => `admin:${area}`);
    const almost = await signedIn(auth, ['user', await aRole(auth, ...everything)]);
    const path = `users/${admin.user.id}`;
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['PATCH', `users/${almost.user.id}`, { roles: ['user', 'admin'] }],
      ['POST', 'users', { email: 'minion@example.test', roles: ['admin'] }],
      ['PATCH', path, { roles: ['user'] }],
      ['PATCH', path, { demand_password_reset: true }],
      ['PATCH', path, { unlock: true }],
      ['DELETE', path],
      ['DELETE', `${path}/sessions`],
      ['DELETE', `${path}/sessions/${admin.sessionId}`],
      ['POST', 'revocations', { scope: 'sub', value: String(admin.user.id) }],
    ];
    for (const [method, where, body] of attempts) {
      expect([where, (await by(almost.token, method, where, body)).error?.code]).toEqual([where, 'BEYOND_OWN_RIGHTS']);
    }
    expect((await by(almost.token, 'GET', path)).success).toBe(true);
  });

  it.each([
    ['PATCH', { roles: ['user'] }],
    ['PATCH', { disabled: true }],
    ['DELETE', undefined],
  ])('lets nobody lay hands on somebody who is given more at that very moment: %s %j', async (method, body) => {
    const { user } = await signedIn(auth);
    const rights = auth.app.get(RightsStore);
    const changeUser = rights.changeUser.bind(rights);
    jest.spyOn(rights, 'changeUser').mockImplementationOnce(async (...given) => {
      const mark = { revocationId: randomUuid(), untilMs: Date.now() + 60_000, reason: 'role_changed' } as const;
      await changeUser(user.id, { roles: ['user', 'admin'] }, mark);
      return changeUser(...given);
    });
    const path = `users/${user.id}`;
    expect((await by(helper.token, method, path, body)).error?.code).toBe('BEYOND_OWN_RIGHTS');
    const now = await auth.app.get(UserRepository).findById(user.id);
    expect(now).toMatchObject({ roles: ['user', 'admin'], disabledAtMs: null });
  });

  it('can give what they have', async () => {
    const { user } = await signedIn(auth);
    const made = await by(helper.token, 'POST', 'roles', { name: 'readers', permissions: ['orders:read'] });
    expect(made.success).toBe(true);
    const given = await by(helper.token, 'PATCH', `users/${user.id}`, { roles: ['user', 'readers'] });
    expect(given.data.user.roles).toEqual(['user', 'readers']);
  });
});

describe('somebody who may manage services, and no more', () => {
  const ACCOUNTS = '/api/v1/admin/service-accounts';
  let auth: RunningAuth;
  let admin: SignedInPerson;
  let helper: SignedInPerson;
  beforeAll(async () => {
    auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    admin = await signedIn(auth, ['user', 'admin']);
    helper = await signedIn(auth, ['user', await aRole(auth, 'admin:service-accounts', 'orders:read', 'orders:write')]);
  });
  afterAll(() => auth.close());

  const by = async ({ token }: SignedInPerson, method: string, path = '', body?: object) =>
    auth.ask(method, `${ACCOUNTS}${path}`, { token, ...(body === undefined ? {} : { body }) });
  const made = async (who: SignedInPerson, given: object) =>
    (await by(who, 'POST', '', { name: 'Reports', ...given })).body.data.service_account.client_id as string;

  it('makes, changes and removes those that may do what they may do themselves', async () => {
    const clientId = await made(helper, { scopes: ['orders:read'], roles: ['user'], audiences: ['gatehouse'] });
    const change = { scopes: ['orders:read', 'orders:write'] };
    expect((await by(helper, 'PATCH', `/${clientId}`, change)).status).toBe(200);
    expect((await by(helper, 'POST', `/${clientId}/secrets`)).status).toBe(201);
    expect((await by(helper, 'DELETE', `/${clientId}`)).status).toBe(200);
  });

  it('makes none that may do more, and gives none more', async () => {
    const clientId = await made(helper, {});
    for (const more of [
      { scopes: ['tokens:introspect'] },
      { scopes: ['orders:read', 'tokens:revoke'] },
      { scopes: ['admin:users'] },
      { roles: ['admin'] },
      { roles: ['reporter'] },
      { audiences: ['gatehouse', 'billing'] },
    ]) {
      const answers = [
        await by(helper, 'POST', '', { name: 'x', ...more }),
        await by(helper, 'PATCH', `/${clientId}`, more),
      ];
      expect([more, answers.map(({ status, body }) => [status, body.error?.code])]).toEqual([
        more,
        Array(2).fill([403, 'BEYOND_OWN_RIGHTS']),
      ]);
    }
    const { body } = await by(helper, 'GET', `/${clientId}`);
    expect(body.data.service_account).toMatchObject({ scopes: [], roles: [], audiences: ['gatehouse'] });
  });

  it.each([
    ['scopes', { scopes: ['tokens:revoke'] }],
    ['roles', { roles: ['reporter'] }],
    ['services it is for', { audiences: ['billing'] }],
  ])('takes over none that has other %s: no secret, no key, no change, no end', async (_what, given) => {
    const clientId = await made(admin, given);
    const secretId = (await by(admin, 'GET', `/${clientId}`)).body.data.service_account.secrets[0].id as string;
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['POST', '/secrets'],
      ['DELETE', `/secrets/${secretId}`],
      ['PATCH', '', { jwks: { keys: [aServiceKey().jwk] } }],
      ['PATCH', '', { scopes: [], roles: [], audiences: ['gatehouse'] }],
      ['PATCH', '', { disabled: true }],
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', ''],
    ];
    for (const [method, path, body] of attempts) {
      const answer = await by(helper, method, `/${clientId}${path}`, body);
      expect([method, path, answer.body.error?.code]).toEqual([method, path, 'BEYOND_OWN_RIGHTS']);
    }
    const { service_account: left } = (await by(admin, 'GET', `/${clientId}`)).body.data;
    expect(left).toMatchObject({ ...given, name: 'Reports', disabled: false });
    expect(left.secrets).toHaveLength(1);
    // An administrator is held back from none of it.
    expect((await by(admin, 'POST', `/${clientId}/secrets`)).status).toBe(201);
    expect((await by(admin, 'DELETE', `/${clientId}`)).status).toBe(200);
  });
});

describe('the last administrator', () => {
  it('cannot be demoted, disabled or removed, by themselves either', async () => {
    const auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    const admin = await signedIn(auth, ['user', 'admin']);
    const path = `/api/v1/admin/users/${admin.user.id}`;
    const ask = (method: string, body?: unknown) =>
      auth.ask(method, path, { token: admin.token, ...(body === undefined ? {} : { body }) });
    expect((await ask('PATCH', { roles: ['user'] })).body.error.code).toBe('LAST_ADMIN');
    expect((await ask('PATCH', { disabled: true })).body.error.code).toBe('LAST_ADMIN');
    expect((await ask('DELETE')).body.error.code).toBe('LAST_ADMIN');
    const leave = (token: string) => auth.ask('DELETE', '/api/v1/auth/account', { token });
    expect((await leave(admin.token)).body.error.code).toBe('LAST_ADMIN');
    // One who is about to leave is nobody who stays.
    const other = await signedIn(auth, ['user', 'admin']);
    expect((await leave(other.token)).status).toBe(202);
    expect((await leave(admin.token)).body.error.code).toBe('LAST_ADMIN');
    expect((await ask('PATCH', { roles: ['user'] })).body.error.code).toBe('LAST_ADMIN');
    expect((await ask('PATCH', { roles: ['user', 'nobody-knows', 'admin'] })).body.error.code).toBe('UNKNOWN_ROLE');
    expect((await ask('GET')).status).toBe(200);
    await auth.close();
  });
});

it('whoever holds anything of ours that is no access token of a person gets in nowhere by it', async () => {
  const auth = await startAuth();
  await auth.app.get(SessionValidator).ready();
  const admin = await signedIn(auth, ['user', 'admin']);
  const key = aServiceKey();
  const by = { accessToken: admin.token };
  const service = await aService(auth, by, { scopes: ['admin:users'], roles: ['admin'] });
  const keyed = await aService(auth, by, { jwks: { keys: [key.jwk] } });
  const signIn = { email: admin.email, password: admin.password };
  const { device_token: deviceToken } = (await auth.ask('POST', '/api/v1/auth/signin', { body: signIn })).body.data;
  const ticket = await auth.ask('POST', '/api/v1/auth/account/export', { token: admin.token });
  const tokens = {
    'a refresh token': admin.refreshToken,
    'a session id': admin.sessionId,
    'the credential of a device': deviceToken as string,
    'the link of a mail': await auth.app
      .get(AccountTokens, { strict: false })
      .mint(admin.user.id, 'reset_password', 60_000),
    'the ticket of an export': ticket.body.data.export_id as string,
    'the token of a service with the role of an administrator': await tokenOf(auth, service),
    'the proof of a service': aProof(key, keyed.clientId),
    'a proof that says it is a person': aProof(key, String(admin.user.id), { sid: admin.sessionId }, { typ: 'at+jwt' }),
    'the bundle of our keys': (await auth.ask('GET', '/.well-known/key-bundle.jws')).text.trim(),
  };
  for (const [what, token] of Object.entries(tokens)) {
    expect([what, token.length]).not.toEqual([what, 0]);
    for (const route of ['GET /api/v1/auth/me', 'GET /api/v1/admin/users', 'POST /api/v1/auth/signout']) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await auth.ask(method, path, { token });
      expect([what, route, answer.status, answer.body.error?.code]).toEqual([what, route, 401, 'TOKEN_INVALID']);
    }
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: token.slice(0, 256) } });
    if (what !== 'a refresh token') expect([what, refreshed.status]).toEqual([what, 401]);
  }
  expect((await auth.ask('GET', '/api/v1/auth/me', { token: admin.token })).status).toBe(200);
  await auth.close();
});

it('somebody who comes back with rights of before changes nothing, though no list speaks of them any more', async () => {
  const auth = await startAuth();
  await auth.app.get(SessionValidator).ready();
  const admin = await signedIn(auth, ['user', 'admin']);
  const ask = (method: string, body?: object) =>
    auth.ask(method, '/api/v1/admin/roles', { token: admin.token, ...(body ? { body } : {}) });
  await auth.app.get(UserRepository).change(admin.user.id, { raiseGeneration: true });
  expect((await ask('GET')).status).toBe(200);
  expect((await ask('POST', { name: 'mine', permissions: [] })).body.error.code).toBe('TOKEN_STALE');
  await auth.close();
});

describe('somebody who acts in a person’s place', () => {
  /** What they need to see what the person sees; and the way out. */
  const OPEN = [
    'GET /api/v1/auth/me',
    'GET /api/v1/auth/verify',
    'GET /api/v1/sessions',
    'GET /api/v1/sessions/:sessionId',
    'GET /api/v1/sessions/:sessionId/activity',
    'GET /api/v1/sessions/current',
    'POST /api/v1/auth/impersonation/stop',
    'POST /api/v1/auth/verify',
  ];
  let auth: RunningAuth;
  let person: SignedInPerson;
  let token: string;
  beforeAll(async () => {
    auth = await startAuth();
    const admin = await signedIn(auth, ['user', 'admin']);
    person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}/impersonate`;
    token = (await auth.ask('POST', path, { token: admin.token, body: { reason: 'Ticket 1' } })).body.data.access_token;
  });
  afterAll(() => auth.close());

  it('is refused by every route that was not opened to them', async () => {
    const guarded = listRoutes(auth.app, 'session-validator:access').filter(({ access }) => access === 'guarded');
    const closed = guarded.filter(({ method, path }) => !OPEN.includes(`${method} ${path}`));
    expect(closed.length).toBeGreaterThan(50);
    for (const { method, path } of closed) {
      const answer = await auth.ask(method, path.replace(/:\w+/g, person.sessionId), { token });
      expect([method, path, answer.body.error?.code]).toEqual([method, path, 'FORBIDDEN']);
    }
  });

  it('signs the person out nowhere, though they see where they are signed in', async () => {
    const { sessions } = (await auth.ask('GET', '/api/v1/sessions', { token })).body.data;
    expect(sessions.map(({ id }: { id: string }) => id)).toContain(person.sessionId);
    const headers = { 'x-session-id': person.sessionId };
    const answer = await auth.ask('POST', '/api/v1/auth/signout', { token, headers });
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect((await auth.ask('GET', '/api/v1/auth/me', { token: person.token })).status).toBe(200);
  });
});
