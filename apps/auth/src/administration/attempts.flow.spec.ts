import { SessionValidator } from '@gatehouse/session-validator/nest';
import { aRole, signedIn, type SignedInPerson } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';

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

  it('can give what they have', async () => {
    const { user } = await signedIn(auth);
    const made = await by(helper.token, 'POST', 'roles', { name: 'readers', permissions: ['orders:read'] });
    expect(made.success).toBe(true);
    const given = await by(helper.token, 'PATCH', `users/${user.id}`, { roles: ['user', 'readers'] });
    expect(given.data.user.roles).toEqual(['user', 'readers']);
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
    expect((await ask('PATCH', { roles: ['user', 'nobody-knows', 'admin'] })).body.error.code).toBe('UNKNOWN_ROLE');
    expect((await ask('GET')).status).toBe(200);
    await auth.close();
  });
});
