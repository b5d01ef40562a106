import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@gatehouse/testing';
import { call, type Held, type Rooms, startRooms } from '../../test/start-rooms.js';

const PATH = '/api/v1/sessions/events';

let rooms: Rooms;
let url: string;
const leaving: (() => void)[] = [];
beforeAll(async () => {
  rooms = await startRooms({ tokenSeconds: 900 });
  await rooms.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(rooms.app.getHttpServer().address() as AddressInfo).port}${PATH}`;
});
afterEach(() => {
  for (const leave of leaving.splice(0)) leave();
});
afterAll(() => rooms.close());

/** A reader that collects what it is sent, on a connection of its own. */
async function listen({ accessToken }: Held) {
  const request = get(url, { headers: { authorization: `Bearer ${accessToken}` }, agent: false });
  // Leaving is an error to Node.
  request.on('error', () => undefined);
  leaving.push(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const seen = { text: '', ended: false };
  response.setEncoding('utf8').on('data', (chunk: string) => (seen.text += chunk));
  response.on('error', () => undefined).once('close', () => (seen.ended = true));
  if (response.statusCode === 200) await eventually(() => expect(seen.text).toContain('event: connected'));
  return { response, seen, leave: () => request.destroy() };
}

/** Types and sessions of the events that came. */
const eventsIn = (text: string) =>
  [...text.matchAll(/^event: (session\.\w+)\nid: [0-9a-f-]{36}\ndata: (.+)$/gm)].map(([, type, data]) => {
    const told = JSON.parse(data ?? '') as { type: string; session_id: string; reason?: string; is_current: boolean };
    expect(told.type).toBe(type);
    return [type, told.session_id, told.reason, told.is_current];
  });

describe('a person who listens', () => {
  it('hears of each session of theirs that is opened, ended and displaced, by whom ever', async () => {
    const held = await rooms.signIn();
    const { userId } = held.session;
    const { response, seen } = await listen(held);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const others: Held[] = [];
    for (let i = 0; i < 4; i++) others.push(await rooms.signIn({ userId }));
    await call(rooms, `DELETE /api/v1/sessions/${others[3]!.session.id}`, { token: held.accessToken });
    await call(rooms, 'POST /api/v1/auth/signout', { token: others[2]!.accessToken });
    const opened = others.map(({ session }) => ['session.created', session.id, undefined, false]);
    await eventually(() =>
      expect(eventsIn(seen.text)).toEqual([
        ...opened,
        ['session.revoked', others[3]!.session.id, 'user_revoked', false],
        ['session.revoked', others[2]!.session.id, 'user_signout', false],
      ]),
    );
    expect(seen.text).not.toMatch(/eyJ|[0-9a-f]{64}\.[A-Za-z0-9_-]{43}|@/);
  });

  it('hears nothing of anybody else, whatever happens to them', async () => {
    const [mine, theirs] = [await rooms.signIn(), await rooms.signIn()];
    const { seen } = await listen(mine);
    const watched = await listen(theirs);
    const other = await rooms.signIn({ userId: theirs.session.userId });
    await call(rooms, 'DELETE /api/v1/sessions', { token: other.accessToken });
    await eventually(() => expect(watched.seen.ended).toBe(true));
    // Whatever they send along: the stream is of whoever the token names.
    const headers = { 'x-session-id': mine.session.id };
    const named = await call(rooms, `GET ${PATH}?user_id=${mine.session.userId}`, {
      token: other.accessToken,
      headers,
    });
    expect([named.status, named.body.error.code]).toEqual([403, 'SESSION_NOT_OWNED']);
    await rooms.signIn({ userId: mine.session.userId });
    await eventually(() => expect(eventsIn(seen.text)).toHaveLength(1));
    expect(seen.text).not.toContain(theirs.session.id);
    expect(seen.text).not.toContain(other.session.id);
  });

  it('hears the end of the session it listens with, and then nothing more', async () => {
    const held = await rooms.signIn();
    const { seen } = await listen(held);
    await call(rooms, 'POST /api/v1/auth/signout', { token: held.accessToken });
    await eventually(() => expect(seen.ended).toBe(true));
    expect(seen.text).toMatch(/event: session-ended\ndata: \{"reason":"SESSION_REVOKED"\}\n\n$/);
    const again = await listen(held);
    expect(again.response.statusCode).toBe(401);
  });

  it('is cut off with the token, when only its revocation is heard of', async () => {
    const held = await rooms.signIn();
    const { seen } = await listen(held);
    // Past the store: an administrator who ends every token issued so far, or rights that have changed.
    const epoch = (await rooms.feedLog.currentEpoch()) ?? '';
    const untilMs = Date.now() + 60_000;
    const entry = { id: 'x', scope: 'sid', value: held.session.id, cutoff: 0, untilMs, reason: 'admin' } as const;
    await rooms.feedLog.append(epoch, [entry], 60_000);
    await eventually(() => expect(seen.ended).toBe(true));
    expect(seen.text).toContain('event: session-ended');
    expect(eventsIn(seen.text)).toEqual([]);
  });

  it('may listen five times at once; a sixth is told to wait', async () => {
    const held = await rooms.signIn();
    const open = [];
    for (let i = 0; i < 5; i++) open.push(await listen(held));
    expect(await rooms.metrics.text()).toMatch(/^auth_session_event_streams\{.*\} [5-9]$/m);
    const { status, body, headers } = await call(rooms, `GET ${PATH}`, { token: held.accessToken });
    expect([status, body.error.code, headers['retry-after']]).toEqual([429, 'RATE_LIMITED', '30']);
    open[0]!.leave();
    await eventually(async () => {
      const { response } = await listen(held);
      expect(response.statusCode).toBe(200);
    });
    // Others are none the worse for it.
    expect((await listen(await rooms.signIn())).response.statusCode).toBe(200);
  });

  it('needs a token, and a live session', async () => {
    expect((await call(rooms, `GET ${PATH}`)).body.error.code).toBe('TOKEN_MISSING');
    expect((await call(rooms, `GET ${PATH}`, { token: 'e30.e30.c2ln' })).body.error.code).toBe('TOKEN_INVALID');
    const held = await rooms.signIn();
    await rooms.sessions.end(held.session.userId, held.session.id);
    expect((await call(rooms, `GET ${PATH}`, { token: held.accessToken })).body.error.code).toBe('SESSION_EXPIRED');
  });

  it('may not be somebody who acts in their place', async () => {
    const held = await rooms.signIn({ actorId: 7 });
    const { status, body } = await call(rooms, `GET ${PATH}`, { token: held.accessToken });
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });
});

it('ends with the service, which is therefore not held up', async () => {
  const { seen } = await listen(await rooms.signIn());
  rooms.drain.start();
  await eventually(() => expect(seen.ended).toBe(true));
  const { status } = await call(rooms, `GET ${PATH}`, { token: (await rooms.signIn()).accessToken });
  expect(status).toBe(503);
});
