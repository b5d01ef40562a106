import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@gatehouse/testing';
import { call, type RoomOptions, type Rooms, startRooms } from '../../../test/start-rooms.js';
import { RevocationStreams } from './revocation-streams.js';

const PATH = '/api/v1/revocations/stream';
const running: Rooms[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((rooms) => rooms.close()));
});

async function start(options: RoomOptions = {}): Promise<{ rooms: Rooms; url: string }> {
  const rooms = await startRooms(options);
  running.push(rooms);
  await rooms.app.listen(0, '127.0.0.1');
  const { port } = rooms.app.getHttpServer().address() as AddressInfo;
  return { rooms, url: `http://127.0.0.1:${port}${PATH}` };
}

/** A reader that collects what it is sent, on a connection of its own. */
async function read(url: string, headers: Record<string, string> = {}) {
  const request = get(url, { headers, agent: false });
  // Leaving is an error to Node.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const seen = { text: '', ended: false };
  response.setEncoding('utf8').on('data', (chunk: string) => (seen.text += chunk));
  const done = new Promise<void>((resolve) => response.once('close', resolve)).then(() => void (seen.ended = true));
  response.on('error', () => undefined);
  return { response, seen, done, leave: () => request.destroy() };
}

describe('the revocation stream over HTTP', () => {
  it('tells the log, that it is over, and what happens from then on', async () => {
    const { rooms, url } = await start();
    const [first, second] = [await rooms.signIn(), await rooms.signIn()];
    await call(rooms, 'POST /api/v1/auth/signout', { token: first.accessToken });
    const { response, seen, leave } = await read(url);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['x-request-id']).toBeTruthy();
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    await eventually(() => expect(seen.text).toContain('event: caught-up\ndata:\n\n'));
    expect(seen.text.split('event: caught-up')[0]).toContain(first.session.id);
    await call(rooms, 'POST /api/v1/auth/signout', { token: second.accessToken });
    await eventually(() => expect(seen.text.split('event: caught-up')[1]).toContain(second.session.id), {
      timeoutMs: 200,
    });
    expect(seen.text).toMatch(/^id: \d+-\d+\ndata: \{"v":1,/);
    leave();
  });

  it('goes on after the event a reader has last seen', async () => {
    const { rooms, url } = await start();
    const [first, second] = [await rooms.signIn(), await rooms.signIn()];
    await call(rooms, 'POST /api/v1/auth/signout', { token: first.accessToken });
    const [record] = (await rooms.feedLog.readAfter('0-0', 100)).filter(({ entry }) => entry);
    await call(rooms, 'POST /api/v1/auth/signout', { token: second.accessToken });
    const { seen, leave } = await read(url, { 'last-event-id': record!.position });
    await eventually(() => expect(seen.text).toContain('caught-up'));
    expect(seen.text).toContain(second.session.id);
    expect(seen.text).not.toContain(first.session.id);
    leave();
  });

  it('beats each second', async () => {
    const { url } = await start();
    const { seen, leave } = await read(url);
    await eventually(() => expect(seen.text.split('event: caught-up')[1]).toMatch(/data: \{"v":1/), {
      timeoutMs: 2_500,
    });
    leave();
  });

  it('ends when the service ends, which therefore does', async () => {
    const { rooms, url } = await start();
    const { seen, done } = await read(url);
    rooms.drain.start();
    await done;
    expect(seen.ended).toBe(true);
  });

  it('gives a place back when a reader leaves', async () => {
    const { rooms, url } = await start();
    const { leave, seen } = await read(url);
    await eventually(() => expect(seen.text).not.toBe(''));
    const streams = rooms.app.get(RevocationStreams, { strict: false });
    expect(streams.size).toBe(1);
    leave();
    await eventually(() => expect(streams.size).toBe(0));
  });

  it('asks for its token, and takes no other', async () => {
    const { rooms, url } = await start({ streamToken: 'token-of-the-stream', streamOpenWithoutToken: true });
    const held = await rooms.signIn();
    const bare = await call(rooms, `GET ${PATH}`);
    expect([bare.status, bare.body.error.code]).toEqual([401, 'TOKEN_MISSING']);
    const wrong = await call(rooms, `GET ${PATH}`, { token: held.accessToken });
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
    const { response, leave } = await read(url, { authorization: 'Bearer token-of-the-stream' });
    expect(response.statusCode).toBe(200);
    leave();
  });

  it('is closed in production where no token is set up', async () => {
    const { rooms } = await start({ streamOpenWithoutToken: false });
    const { status, body } = await call(rooms, `GET ${PATH}`);
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });
});
