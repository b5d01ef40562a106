import { call, type Call, type Rooms, startRooms } from '../../test/start-rooms.js';

let rooms: Rooms;
beforeAll(async () => {
  rooms = await startRooms();
});
afterAll(() => rooms.close());

const withKey = (key: string, given: Call = {}): Call => ({
  ...given,
  headers: { ...given.headers, 'idempotency-key': key },
});

describe('a request repeated with its Idempotency-Key', () => {
  it('is answered as the first time, though it would fail by now', async () => {
    const held = await rooms.signIn();
    const other = await rooms.signIn({ userId: held.session.userId });
    const route = `DELETE /api/v1/sessions/${other.session.id}`;
    const first = await call(rooms, route, withKey('end-1', { token: held.accessToken }));
    const again = await call(rooms, route, withKey('end-1', { token: held.accessToken }));
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.text).toBe(first.text);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(rooms.outbox.sessionIds.filter((id) => id === other.session.id)).toHaveLength(1);
    expect((await call(rooms, route, { token: held.accessToken })).status).toBe(404);
  });

  it('is answered alike on signing out, whose session is gone by then', async () => {
    const held = await rooms.signIn();
    const route = 'POST /api/v1/auth/signout';
    const first = await call(rooms, route, withKey('out-1', { token: held.accessToken }));
    const again = await call(rooms, route, withKey('out-1', { token: held.accessToken }));
    expect(again.text).toBe(first.text);
  });

  it('is refused when it is another request', async () => {
    const held = await rooms.signIn();
    const [a, b] = [
      await rooms.signIn({ userId: held.session.userId }),
      await rooms.signIn({ userId: held.session.userId }),
    ];
    const token = held.accessToken;
    await call(rooms, `DELETE /api/v1/sessions/${a.session.id}`, withKey('end-2', { token }));
    const other = await call(rooms, `DELETE /api/v1/sessions/${b.session.id}`, withKey('end-2', { token }));
    expect([other.status, other.body.error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('is nobody else’s business', async () => {
    const [one, two] = [await rooms.signIn(), await rooms.signIn()];
    const route = 'POST /api/v1/auth/signout';
    const ip = '203.0.113.9';
    const mine = await call(rooms, route, withKey('shared', { token: one.accessToken, ip: '203.0.113.8' }));
    const theirs = await call(rooms, route, withKey('shared', { token: two.accessToken, ip }));
    expect(mine.body.data['session_id']).toBe(one.session.id);
    expect(theirs.body.data['session_id']).toBe(two.session.id);
    const list = 'DELETE /api/v1/sessions';
    const [a, b] = [await rooms.signIn(), await rooms.signIn()];
    await call(rooms, list, withKey('shared', { token: a.accessToken }));
    expect((await call(rooms, list, withKey('shared', { token: b.accessToken }))).body.data).toMatchObject({
      kept_session_id: b.session.id,
    });
  });

  it('is told from that of another person behind the same address', async () => {
    const [one, two] = [await rooms.signIn(), await rooms.signIn()];
    const route = 'POST /api/v1/auth/signout';
    await call(rooms, route, withKey('one-house', { token: one.accessToken }));
    const { status, body } = await call(rooms, route, withKey('one-house', { token: two.accessToken }));
    expect([status, body.error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('is not asked for by those whose token is not good', async () => {
    const held = await rooms.signIn();
    await call(rooms, 'DELETE /api/v1/sessions', withKey('all', { token: held.accessToken }));
    expect((await call(rooms, 'DELETE /api/v1/sessions', withKey('all'))).status).toBe(401);
  });

  it.each(['a b', 'k'.repeat(256)])('is refused with the key %j', async (key) => {
    const held = await rooms.signIn();
    const { status, body } = await call(rooms, 'DELETE /api/v1/sessions', withKey(key, { token: held.accessToken }));
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('may be repeated after a failure', async () => {
    const held = await rooms.signIn();
    const route = 'POST /api/v1/auth/signout';
    rooms.outbox.away = true;
    const failed = await call(rooms, route, withKey('retry', { token: held.accessToken }));
    rooms.outbox.away = false;
    expect([failed.status, failed.body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
    expect((await call(rooms, route, withKey('retry', { token: held.accessToken }))).status).toBe(200);
  });
});
