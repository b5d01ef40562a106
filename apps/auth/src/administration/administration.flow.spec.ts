import { SessionValidator } from '@gatehouse/session-validator/nest';
import { aPerson, aRole, signedIn, signIn, type SignedInPerson } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';

describe('administration over HTTP', () => {
  let auth: RunningAuth;
  let admin: SignedInPerson;
  beforeAll(async () => {
    auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    admin = await signedIn(auth, ['user', 'admin']);
  });
  afterAll(() => auth.close());

  const as = (token: string) => (method: string, path: string, body?: unknown) =>
    auth.ask(method, path, { token, body });
  const me = (token: string) => as(token)('GET', '/api/v1/sessions/current');
  const refresh = (refreshToken: string) =>
    auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

  it('finds people by what their address begins with, page by page', async () => {
    const people = [await aPerson(auth), await aPerson(auth)];
    const byAdmin = as(admin.token);
    const one = await byAdmin('GET', `/api/v1/admin/users?email=${people[0]!.email.slice(0, 10).toUpperCase()}`);
    expect(one.body.data.users.map(({ id }: { id: number }) => id)).toEqual([people[0]!.user.id]);
    expect(one.body.data.users[0]).not.toHaveProperty('password_hash');
    const first = await byAdmin('GET', '/api/v1/admin/users?limit=1');
    expect(first.body.data.users).toHaveLength(1);
    const second = await byAdmin('GET', `/api/v1/admin/users?limit=1&cursor=${first.body.data.next_cursor}`);
    expect(second.body.data.users[0].id).toBeGreaterThan(first.body.data.users[0].id);
    expect((await byAdmin('GET', '/api/v1/admin/users?limit=200')).body.data.next_cursor).toBeNull();
  });

  it('makes an account that has to get its password first, or one that can sign in', async () => {
    const byAdmin = as(admin.token);
    const bare = await byAdmin('POST', '/api/v1/admin/users', { email: 'bare@example.test' });
    expect(bare).toMatchObject({
      status: 201,
      body: { data: { user: { must_reset_password: true, roles: ['user'] } } },
    });
    const body = { email: 'made@example.test', password: 'a long enough phrase' };
    expect((await byAdmin('POST', '/api/v1/admin/users', body)).status).toBe(201);
    expect((await byAdmin('POST', '/api/v1/admin/users', body)).body.error.code).toBe('EMAIL_TAKEN');
    expect((await auth.ask('POST', '/api/v1/auth/signin', { body })).status).toBe(200);
  });

  it('makes other roles count at once: the old token is stale, one refresh brings the new rights', async () => {
    const person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}`;
    const changed = await as(admin.token)('PATCH', path, { roles: ['user', 'support'] });
    expect(changed.body.data).toMatchObject({ user: { roles: ['user', 'support'] } });
    expect(changed.body.data.revocation_id).toEqual(expect.any(String));
    expect((await me(person.token)).body.error.code).toBe('TOKEN_STALE');
    const { body } = await refresh(person.refreshToken);
    expect(claimsOf(body.data.access_token)).toMatchObject({
      roles: ['user', 'support'],
      scope: 'admin:sessions:read admin:users:read',
    });
    expect((await as(body.data.access_token)('GET', path)).status).toBe(200);
  });

  it('refuses a demoted administrator with the next request', async () => {
    const other = await signedIn(auth, ['user', 'admin']);
    await as(admin.token)('PATCH', `/api/v1/admin/users/${other.user.id}`, { roles: ['user'] });
    expect((await as(other.token)('GET', '/api/v1/admin/users')).body.error.code).toBe('TOKEN_STALE');
    const { body } = await refresh(other.refreshToken);
    expect((await as(body.data.access_token)('GET', '/api/v1/admin/users')).body.error.code).toBe('FORBIDDEN');
  });

  it('makes other permissions of a role count at once for everybody who has it', async () => {
    const role = await aRole(auth, 'orders:read');
    const person = await signedIn(auth, ['user', role]);
    expect(claimsOf(person.token).scope).toBe('orders:read');
    const put = await as(admin.token)('PUT', `/api/v1/admin/roles/${role}`, { permissions: ['orders:refund'] });
    expect(put.status).toBe(200);
    expect((await me(person.token)).body.error.code).toBe('TOKEN_STALE');
    const { body } = await refresh(person.refreshToken);
    expect(claimsOf(body.data.access_token).scope).toBe('orders:refund');
    expect((await me(body.data.access_token)).status).toBe(200);
  });

  it('locks a disabled person out everywhere, and lets them in again (B4)', async () => {
    const person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}`;
    await as(admin.token)('PATCH', path, { disabled: true });
    expect((await me(person.token)).status).toBe(401);
    expect((await refresh(person.refreshToken)).body.error.code).toBe('REFRESH_EXPIRED');
    const attempt = { body: { email: person.email, password: person.password } };
    expect((await auth.ask('POST', '/api/v1/auth/signin', attempt)).body.error.code).toBe('ACCOUNT_DISABLED');
    await as(admin.token)('PATCH', path, { disabled: false });
    expect((await me((await signIn(auth, person)).token)).status).toBe(200);
  });

  it('demands a new password: the sessions end, and the old password opens none', async () => {
    const person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}`;
    const { body } = await as(admin.token)('PATCH', path, { demand_password_reset: true });
    expect(body.data.user.must_reset_password).toBe(true);
    expect((await me(person.token)).body.error.code).toBe('SESSION_REVOKED');
    const attempt = { body: { email: person.email, password: person.password } };
    expect((await auth.ask('POST', '/api/v1/auth/signin', attempt)).body.error.code).toBe('PASSWORD_RESET_REQUIRED');
  });

  it('erases an account with its sessions and all that is held about the person (B4)', async () => {
    const person = await signedIn(auth);
    await auth.ask('POST', '/api/v1/auth/signout', { token: (await signIn(auth, person)).token });
    const path = `/api/v1/admin/users/${person.user.id}`;
    const held = () => auth.app.get(PersonalRecordsBook).about(person.user.id);
    expect(await held()).toMatchObject({ devices: [{}], sessions: [{}], past_sessions: [{}] });
    expect((await as(admin.token)('DELETE', path)).body.data.removed).toBe(true);
    expect((await me(person.token)).status).toBe(401);
    expect((await refresh(person.refreshToken)).body.error.code).toBe('REFRESH_EXPIRED');
    expect((await as(admin.token)('GET', path)).body.error.code).toBe('USER_NOT_FOUND');
    expect(await held()).toMatchObject({ devices: [], sessions: [], past_sessions: [] });
  });

  it('shows and ends the sessions of a person, one or all (B5)', async () => {
    const person = await signedIn(auth);
    const second = await signIn(auth, person);
    const path = `/api/v1/admin/users/${person.user.id}/sessions`;
    const byAdmin = as(admin.token);
    expect((await byAdmin('GET', path)).body.data.count).toBe(2);
    expect((await byAdmin('DELETE', `${path}/${person.sessionId}`)).body.data.terminated).toBe(true);
    expect((await me(person.token)).body.error.code).toBe('SESSION_REVOKED');
    expect((await byAdmin('DELETE', `${path}/${admin.sessionId}`)).body.error.code).toBe('SESSION_NOT_FOUND');
    expect((await byAdmin('DELETE', path)).body.data.terminated_count).toBe(1);
    expect((await me(second.token)).status).toBe(401);
    expect((await me(admin.token)).status).toBe(200);
  });

  it('is answered as the first time when it is repeated with its Idempotency-Key, and done once', async () => {
    const person = await signedIn(auth);
    const path = `/api/v1/admin/users/${person.user.id}/sessions/${person.sessionId}`;
    const end = (key: string) => auth.ask('DELETE', path, { token: admin.token, headers: { 'idempotency-key': key } });
    const [first, again] = [await end('lost-answer'), await end('lost-answer')];
    expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([200, 200, 'true']);
    expect(again.body.data.revocation_id).toBe(first.body.data.revocation_id);
    expect((await end('another')).body.error.code).toBe('SESSION_NOT_FOUND');
    // Nobody gets an answer that was made for an administrator.
    const headers = { 'idempotency-key': 'lost-answer' };
    expect((await auth.ask('DELETE', path, { token: (await signedIn(auth)).token, headers })).status).toBe(403);
  });

  it('lists the sessions of everybody, by what they have in common', async () => {
    const person = await signedIn(auth);
    const pages = async (query: string) => {
      const ids: string[] = [];
      for (let cursor: string | null = '0'; cursor !== null;) {
        const { body } = await as(admin.token)('GET', `/api/v1/admin/sessions?limit=2&cursor=${cursor}${query}`);
        ids.push(...body.data.sessions.map(({ id }: { id: string }) => id));
        cursor = body.data.next_cursor;
      }
      return ids;
    };
    expect(await pages('')).toContain(person.sessionId);
    expect(await pages('&ip_address=127.0.0.1')).toContain(person.sessionId);
    expect(await pages('&ip_address=192.0.2.99')).toEqual([]);
    expect(await pages('&client_id=other')).toEqual([]);
    expect(await pages('&opened_before=2020-01-01T00:00:00Z')).toEqual([]);
  });

  describe('revocations', () => {
    const order = (body: object) => as(admin.token)('POST', '/api/v1/admin/revocations', body);

    it('of a token, a session and a person are in force when they are answered', async () => {
      const person = await signedIn(auth);
      await order({ scope: 'jti', value: claimsOf(person.token).jti });
      expect((await me(person.token)).body.error.code).toBe('TOKEN_REVOKED');
      const { body } = await refresh(person.refreshToken);
      await order({ scope: 'sid', value: person.sessionId });
      expect((await me(body.data.access_token)).body.error.code).toBe('SESSION_REVOKED');
      expect((await refresh(body.data.refresh_token)).status).toBe(401);
      const again = await signIn(auth, person);
      const { body: answer } = await order({ scope: 'sub', value: String(person.user.id), reason: 'risk' });
      expect((await me(again.token)).status).toBe(401);
      const list = await as(admin.token)('GET', `/api/v1/admin/revocations?scope=sub&value=${person.user.id}`);
      expect(list.body.data.revocations[0]).toMatchObject({
        revocation_id: answer.data.revocation_id,
        reason: 'risk',
        delivered: true,
      });
    });

    it('refuse what no scope can have, and a key in use', async () => {
      const kid = JSON.parse(Buffer.from(admin.token.split('.')[0]!, 'base64url').toString()).kid;
      expect((await order({ scope: 'kid', value: kid })).body.error.code).toBe('CONFLICT');
      for (const body of [
        { scope: 'sid', value: 'short' },
        { scope: 'sub', value: 'eve' },
        { scope: 'before', value: 'everything' },
        { scope: 'client', value: '*' },
        { scope: 'tenant', value: 'x' },
        { scope: 'jti', value: 'with space' },
        { scope: 'jti', value: 'x', reason: 'user_signout' },
      ]) {
        expect((await order(body)).body.error.code).toBe('VALIDATION_ERROR');
      }
      expect((await order({ scope: 'sub', value: '999999' })).body.error.code).toBe('USER_NOT_FOUND');
    });

    it('of all that is older than a moment never reach into the future', async () => {
      const person = await signedIn(auth);
      await order({ scope: 'client', value: 'somebody-else', issued_until: '2999-01-01T00:00:00Z' });
      const list = await as(admin.token)('GET', '/api/v1/admin/revocations?scope=client');
      expect(list.body.data.revocations[0].cutoff).toBeLessThanOrEqual(Date.now() / 1000);
      await order({ scope: 'before', value: '*', issued_until: '2020-01-01T00:00:00Z' });
      expect((await me(person.token)).status).toBe(200);
    });
  });
});
