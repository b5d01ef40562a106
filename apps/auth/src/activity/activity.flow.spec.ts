import type { AddressInfo } from 'node:net';
import { ACTIVITY_MAX_SESSIONS } from '@gatehouse/contracts';
import { createSessionValidator } from '@gatehouse/session-validator';
import { eventually } from '@gatehouse/testing';
import { aBatch, someActivity } from '../../test/activity.js';
import { OwnKeySource } from '../access/own-key-source.js';
import { KeyBundlePublisher } from '../keys/bundle/key-bundle-publisher.js';
import { type Answer, call, type Held, type RoomOptions, type Rooms, startRooms } from '../../test/start-rooms.js';

const REPORT = 'POST /api/v1/sessions/activity';
const STREAM_TOKEN = 'token-of-the-stream';

const running: Rooms[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((rooms) => rooms.close()));
});

async function start(options: RoomOptions = { streamToken: STREAM_TOKEN }): Promise<Rooms> {
  const rooms = await startRooms(options);
  running.push(rooms);
  return rooms;
}

interface Shown {
  readonly request_count: number;
  readonly ip_addresses: string[];
  readonly last_request_at: string | null;
}

const shown = async (rooms: Rooms, { session, accessToken: token }: Held) => {
  const { body } = await call(rooms, 'GET /api/v1/sessions', { token });
  return (body.data['sessions'] as (Shown & { id: string })[]).find(({ id }) => id === session.id)!;
};
const failure = ({ status, body }: Answer) => [status, body.error.code];
const of = ({ session }: Held, given: Parameters<typeof someActivity>[0] = {}) =>
  someActivity({ userId: session.userId, sessionId: session.id, ...given });

describe('a service without Redis', () => {
  it('has the requests it let in counted into the session, over HTTP', async () => {
    const rooms = await start();
    await rooms.app.listen(0, '127.0.0.1');
    const { port } = rooms.app.getHttpServer().address() as AddressInfo;
    const warnings: string[] = [];
    const orders = createSessionValidator({
      authUrl: `http://127.0.0.1:${port}`,
      feedToken: STREAM_TOKEN,
      trustAnchor: rooms.trustAnchor,
      keySource: new OwnKeySource(rooms.app.get(KeyBundlePublisher)),
      warn: (message) => warnings.push(message),
    });
    const held = await rooms.signIn();
    expect(await orders.ready()).toBe(true);
    for (let i = 0; i < 7; i++) expect(orders.check(held.accessToken, undefined, '203.0.113.5').ok).toBe(true);
    await orders.close();
    await eventually(async () => {
      const session = await shown(rooms, held);
      expect(session.request_count).toBeGreaterThanOrEqual(7);
      expect(session.ip_addresses).toContain('203.0.113.5');
      expect(Math.abs(Date.parse(session.last_request_at ?? '') - Date.now())).toBeLessThan(10_000);
    });
    expect(warnings).toEqual([]);
    expect((await rooms.metrics.text()).match(/auth_activity_batches_total\{.*outcome="folded".*\} (\d+)/)?.[1]).toBe(
      '1',
    );
    expect(rooms.log.join('')).not.toMatch(/203\.0\.113\.5|[0-9a-f]{64}/);
    // One that the client opened and never used is not idle to Node, and would hold up the end.
    rooms.app.getHttpServer().closeAllConnections();
  });

  it('needs the token of the stream', async () => {
    const rooms = await start();
    const { accessToken } = await rooms.signIn();
    const body = aBatch();
    expect(failure(await call(rooms, REPORT, { body }))).toEqual([401, 'TOKEN_MISSING']);
    expect(failure(await call(rooms, REPORT, { body, token: accessToken }))).toEqual([401, 'TOKEN_INVALID']);
    const taken = await call(rooms, REPORT, { body, token: STREAM_TOKEN });
    expect([taken.status, taken.body]).toEqual([200, { success: true, data: { taken: true } }]);
  });

  it('is not heard in production where no token is set up', async () => {
    const rooms = await start({ streamOpenWithoutToken: false });
    expect(failure(await call(rooms, REPORT, { body: aBatch() }))).toEqual([403, 'FORBIDDEN']);
  });

  it('counts once what it sends twice', async () => {
    const rooms = await start();
    const held = await rooms.signIn();
    const body = aBatch({ sessions: [of(held, { requests: 1_000 })] });
    for (let i = 0; i < 3; i++) expect((await call(rooms, REPORT, { body, token: STREAM_TOKEN })).status).toBe(200);
    const next = { ...body, batch: 2, sessions: [of(held, { requests: 20_000 })] };
    await call(rooms, REPORT, { body: next, token: STREAM_TOKEN });
    // What we ask is counted as well, one by one.
    await eventually(async () => expect((await shown(rooms, held)).request_count).toBeGreaterThanOrEqual(21_000));
    expect((await shown(rooms, held)).request_count).toBeLessThan(21_500);
    expect(await rooms.metrics.text()).toMatch(/auth_activity_batches_total\{.*outcome="duplicate".*\} 2/);
  });

  it('reports under a limit of its own', async () => {
    const rooms = await start({ streamToken: STREAM_TOKEN, limits: { apiPerMinute: 2 } });
    for (let i = 0; i < 5; i++) {
      expect((await call(rooms, REPORT, { body: aBatch(), token: STREAM_TOKEN })).status).toBe(200);
    }
  });
});

describe('a hostile report', () => {
  const sound = aBatch();
  const session = sound.sessions[0]!;
  let shared: Rooms;
  beforeAll(async () => {
    shared = await startRooms({ streamToken: STREAM_TOKEN });
  });
  afterAll(() => shared.close());

  it.each<[string, unknown]>([
    ['is of no instance', { ...sound, instance: undefined }],
    ['has an instance that is an object', { ...sound, instance: {} }],
    ['has no number', { ...sound, batch: 'first' }],
    ['has a number without end', { ...sound, batch: 1e300 }],
    ['has no sessions', { ...sound, sessions: [] }],
    ['has sessions that are none', { ...sound, sessions: [null] }],
    ['has a session of many', { ...sound, sessions: [[session]] }],
    ['takes requests away', { ...sound, sessions: [{ ...session, requests: -5 }] }],
    ['counts without end', { ...sound, sessions: [{ ...session, requests: 1e300 }] }],
    ['is from a time to come', { ...sound, sessions: [{ ...session, agoMs: -1 }] }],
    ['has markup for an address', { ...sound, sessions: [{ ...session, ipAddresses: ['<img src=x>'] }] }],
    ['names a session twice', { ...sound, sessions: [session, session] }],
    [
      'names more sessions than allowed',
      { ...sound, sessions: Array.from({ length: ACTIVITY_MAX_SESSIONS + 1 }, () => ({ requests: 1 })) },
    ],
    ['says more than asked', { ...sound, admin: true }],
  ])('that %s is refused, and leaves nothing behind', async (_what, body) => {
    expect(failure(await call(shared, REPORT, { body, token: STREAM_TOKEN }))).toEqual([400, 'VALIDATION_ERROR']);
    expect(await shared.metrics.text()).not.toMatch(/auth_activity_batches_total\{/);
    expect((await shared.activityInbox.take(10)).batches).toEqual([]);
  });

  it('opens no session, revives none, and says nothing of whether there is one', async () => {
    const rooms = await start();
    const [held, gone] = [await rooms.signIn(), await rooms.signIn()];
    await call(rooms, 'POST /api/v1/auth/signout', { token: gone.accessToken });
    const made = someActivity({ userId: held.session.userId });
    const foreign = of(held, { userId: gone.session.userId, requests: 5_000 });
    const body = aBatch({ sessions: [of(gone), made, foreign] });
    const taken = await call(rooms, REPORT, { body, token: STREAM_TOKEN });
    expect(taken.body).toEqual({ success: true, data: { taken: true } });
    await eventually(async () => expect(await rooms.metrics.text()).toMatch(/outcome="folded"/));
    const { body: list } = await call(rooms, 'GET /api/v1/sessions', { token: held.accessToken });
    expect(list.data['count']).toBe(1);
    expect((await shown(rooms, held)).request_count).toBeLessThan(5_000);
    expect(await rooms.sessions.find(gone.session.userId, gone.session.id)).toBeUndefined();
  });
});
