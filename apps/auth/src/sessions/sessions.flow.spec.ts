import { eventually } from '@gatehouse/testing';
import { call, type Held, type Rooms, startRooms } from '../../test/start-rooms.js';

let rooms: Rooms;
beforeAll(async () => {
  rooms = await startRooms();
});
afterAll(() => rooms.close());

const SIGN_OUT = 'POST /api/v1/auth/signout';
const REFRESH = 'POST /api/v1/auth/refresh';
const SESSIONS = '/api/v1/sessions';
const signIn = (userId?: number) => rooms.signIn(userId === undefined ? {} : { userId });
const isIn = async ({ accessToken }: Held) => (await call(rooms, `GET ${SESSIONS}`, { token: accessToken })).status;

describe('a signed-in person', () => {
  it('sees where they are signed in', async () => {
    const held = await signIn();
    const other = await signIn(held.session.userId);
    const { status, body, headers } = await call(rooms, `GET ${SESSIONS}`, { token: held.accessToken });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body.data).toMatchObject({
      count: 2,
      sessions: [
        { id: other.session.id, is_current: false },
        { id: held.session.id, is_current: true, user_id: held.session.userId },
      ],
    });
  });

  it('sees the current session', async () => {
    const held = await signIn();
    const { status, body } = await call(rooms, `GET ${SESSIONS}/current`, { token: held.accessToken });
    expect([status, (body.data as { session: { id: string } }).session.id]).toEqual([200, held.session.id]);
  });

  it('is told the claims of the token, and who they are', async () => {
    const user = await rooms.aUser();
    const held = await rooms.signIn({ userId: user.id, email: user.email });
    for (const method of ['GET', 'POST']) {
      const { status, body } = await call(rooms, `${method} /api/v1/auth/verify`, { token: held.accessToken });
      expect(status).toBe(200);
      expect(body.data).toMatchObject({ active: true, claims: { sub: String(user.id), sid: held.session.id } });
    }
    const { body } = await call(rooms, 'GET /api/v1/auth/me', { token: held.accessToken });
    expect(body.data).toEqual({
      user: {
        id: user.id,
        email: user.email,
        name: 'Ada',
        roles: ['user'],
        created_at: new Date(user.createdAtMs).toISOString(),
        email_verified: false,
        password_changed_at: null,
      },
    });
  });

  it('has requests counted, in batches', async () => {
    const held = await signIn();
    for (let i = 0; i < 3; i++) await isIn(held);
    await eventually(async () => {
      const { body } = await call(rooms, `GET ${SESSIONS}/current`, { token: held.accessToken });
      const { request_count: count } = (body.data as { session: { request_count: number } }).session;
      expect(count).toBeGreaterThanOrEqual(3);
    });
  });
});

describe('signing out', () => {
  it('ends the session: the next request and the next refresh are refused', async () => {
    const held = await signIn();
    const { status, body } = await call(rooms, SIGN_OUT, { token: held.accessToken });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      signed_out: true,
      session_id: held.session.id,
      revocation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const refused = await call(rooms, `GET ${SESSIONS}`, { token: held.accessToken });
    expect([refused.status, refused.body.error.code]).toEqual([401, 'SESSION_REVOKED']);
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    const refresh = await call(rooms, REFRESH, { body: { refresh_token: held.refreshToken } });
    expect([refresh.status, refresh.body.error.code]).toEqual([401, 'REFRESH_EXPIRED']);
  });

  it('may be said again with the same token', async () => {
    const held = await signIn();
    await call(rooms, SIGN_OUT, { token: held.accessToken });
    const again = await call(rooms, SIGN_OUT, { token: held.accessToken, body: { refresh_token: held.refreshToken } });
    expect([again.status, again.body.data['session_id']]).toEqual([200, held.session.id]);
  });

  it('of another own session leaves the current one', async () => {
    const held = await signIn();
    const other = await signIn(held.session.userId);
    const headers = { 'x-session-id': other.session.id };
    expect((await call(rooms, SIGN_OUT, { token: held.accessToken, headers })).status).toBe(200);
    expect([await isIn(held), await isIn(other)]).toEqual([200, 401]);
  });

  it('of somebody else’s session is refused', async () => {
    const [mine, theirs] = [await signIn(), await signIn()];
    const headers = { 'x-session-id': theirs.session.id };
    const { status, body } = await call(rooms, SIGN_OUT, { token: mine.accessToken, headers });
    expect([status, body.error.code]).toEqual([403, 'SESSION_NOT_OWNED']);
    expect([await isIn(mine), await isIn(theirs)]).toEqual([200, 200]);
  });

  it('works while the session store is away, and is enforced when it is back', async () => {
    const held = await signIn();
    rooms.setStoreAway(true);
    try {
      expect((await call(rooms, SIGN_OUT, { token: held.accessToken })).status).toBe(200);
    } finally {
      rooms.setStoreAway(false);
    }
    await eventually(async () => {
      expect(await rooms.sessions.find(held.session.userId, held.session.id)).toBeUndefined();
    });
    await eventually(async () => {
      const { body } = await call(rooms, REFRESH, { body: { refresh_token: held.refreshToken } });
      expect(body.error.code).toBe('REFRESH_EXPIRED');
    });
  });

  it.each([
    ['no token', undefined, 'TOKEN_MISSING'],
    ['a token of somebody else', 'e30.e30.c2ln', 'TOKEN_INVALID'],
  ])('is refused with %s', async (_what, token, code) => {
    const { status, body } = await call(rooms, SIGN_OUT, token === undefined ? {} : { token });
    expect([status, body.error.code]).toEqual([401, code]);
  });
});

describe('ending sessions from a list', () => {
  it('ends the one that is named', async () => {
    const held = await signIn();
    const other = await signIn(held.session.userId);
    const route = `DELETE ${SESSIONS}/${other.session.id}`;
    const { status, body } = await call(rooms, route, { token: held.accessToken });
    expect([status, body.data]).toMatchObject([200, { terminated: true, session_id: other.session.id }]);
    expect([await isIn(held), await isIn(other)]).toEqual([200, 401]);
    const again = await call(rooms, route, { token: held.accessToken });
    expect([again.status, again.body.error.code]).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  it('answers for another person’s session as for one that does not exist', async () => {
    const [mine, theirs] = [await signIn(), await signIn()];
    const answers = await Promise.all(
      [theirs.session.id, 'f'.repeat(64)].map(async (id) => {
        const { status, body } = await call(rooms, `DELETE ${SESSIONS}/${id}`, { token: mine.accessToken });
        const { request_id: _, ...error } = body.error as { request_id?: string; code: string };
        return { status, error };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 404, error: { code: 'SESSION_NOT_FOUND' } });
    expect(await isIn(theirs)).toBe(200);
  });

  it.each(['abc', 'F'.repeat(64), '..%2f..', '%00'])('refuses %j for an id', async (id) => {
    const held = await signIn();
    const { status, body } = await call(rooms, `DELETE ${SESSIONS}/${id}`, { token: held.accessToken });
    expect([status, body.error.code]).toEqual([400, 'INVALID_SESSION_ID']);
  });

  it('ends all others and keeps this one', async () => {
    const held = await signIn();
    const others = [await signIn(held.session.userId), await signIn(held.session.userId)];
    const { body } = await call(rooms, `DELETE ${SESSIONS}`, { token: held.accessToken });
    expect(body.data).toMatchObject({ terminated_count: 2, kept_session_id: held.session.id });
    expect(await isIn(held)).toBe(200);
    expect(await Promise.all(others.map(isIn))).toEqual([401, 401]);
  });

  it('keeps the session that X-Session-ID names', async () => {
    const held = await signIn();
    const other = await signIn(held.session.userId);
    const headers = { 'x-session-id': other.session.id };
    const { body } = await call(rooms, `DELETE ${SESSIONS}`, { token: held.accessToken, headers });
    expect(body.data).toMatchObject({ terminated_count: 1, kept_session_id: other.session.id });
    expect([await isIn(held), await isIn(other)]).toEqual([401, 200]);
  });

  it('ends really all when told so', async () => {
    const held = await signIn();
    const other = await signIn(held.session.userId);
    const { body } = await call(rooms, `DELETE ${SESSIONS}?include_current=true`, { token: held.accessToken });
    expect(body.data).toMatchObject({ terminated_count: 2, kept_session_id: null });
    expect([await isIn(held), await isIn(other)]).toEqual([401, 401]);
  });

  it.each(['?include_current=yes', '?include_current[]=true', '?everything=true'])('refuses %s', async (query) => {
    const held = await signIn();
    const { status, body } = await call(rooms, `DELETE ${SESSIONS}${query}`, { token: held.accessToken });
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await isIn(held)).toBe(200);
  });
});

describe('getting in', () => {
  const guarded = ['GET /api/v1/sessions', 'GET /api/v1/sessions/current', 'DELETE /api/v1/sessions'];
  const routes = [...guarded, 'GET /api/v1/auth/me', 'GET /api/v1/auth/verify', 'POST /api/v1/auth/verify'];

  it.each(routes)('%s needs a token, a good one, and a live session', async (route) => {
    expect((await call(rooms, route)).body.error.code).toBe('TOKEN_MISSING');
    expect((await call(rooms, route, { token: 'e30.e30.c2ln' })).body.error.code).toBe('TOKEN_INVALID');
    const held = await signIn();
    // Ended in the store alone, as an idle deadline does: no revocation tells of it.
    await rooms.sessions.end(held.session.userId, held.session.id);
    const { status, body } = await call(rooms, route, { token: held.accessToken });
    expect([status, body.error.code]).toEqual([401, 'SESSION_EXPIRED']);
  });

  it.each(routes)('%s refuses an X-Session-ID that is none or not one’s own', async (route) => {
    const [held, theirs] = [await signIn(), await signIn()];
    const named = (id: string) => call(rooms, route, { token: held.accessToken, headers: { 'x-session-id': id } });
    expect((await named('abc')).body.error.code).toBe('INVALID_SESSION_ID');
    const { status, body } = await named(theirs.session.id);
    expect([status, body.error.code]).toEqual([403, 'SESSION_NOT_OWNED']);
  });

  it('goes by the last known list of revocations while the store is away', async () => {
    const [held, gone] = [await signIn(), await signIn()];
    await call(rooms, SIGN_OUT, { token: gone.accessToken });
    rooms.setStoreAway(true);
    try {
      expect((await call(rooms, 'GET /api/v1/auth/verify', { token: held.accessToken })).status).toBe(200);
      expect((await call(rooms, 'GET /api/v1/auth/verify', { token: gone.accessToken })).status).toBe(401);
      const list = await call(rooms, `GET ${SESSIONS}`, { token: held.accessToken });
      expect([list.status, list.body.error.code]).toEqual([503, 'SESSION_ERROR']);
      expect(list.headers['retry-after']).toBe('1');
    } finally {
      rooms.setStoreAway(false);
    }
  });
});

it('wrote no token to the log', () => {
  expect(rooms.log.length).toBeGreaterThan(50);
  expect(rooms.log.join('')).not.toMatch(/eyJ|[0-9a-f]{64}\.[A-Za-z0-9_-]{43}/);
});
