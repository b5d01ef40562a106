import { eventually, sleep } from '@gatehouse/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket, WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { closeWebSocketOnRevoked, requireAuthOnUpgrade, SESSION_ENDED_CLOSE_CODE } from '../../src/http/index.js';
import { only, SocketRig } from './socket-rig.js';
import { DEADLINE_MS, Stopwatch } from './stopwatch.js';

let rig: SocketRig;
let sockets: WebSocketServer;
let open: ServerSocket[];
let heard: string[];

beforeEach(async () => {
  rig = new SocketRig();
  sockets = new WebSocketServer({ noServer: true });
  open = [];
  heard = [];
  rig.server.on(
    'upgrade',
    requireAuthOnUpgrade(rig.validator, (request, socket, head, principal) => {
      sockets.handleUpgrade(request, socket, head, (ws) => {
        open.push(ws);
        closeWebSocketOnRevoked(rig.validator, principal, ws);
        ws.on('message', (data) => heard.push(String(data)));
      });
    }),
  );
  await rig.listen();
});
afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  await rig.close();
});

async function connected(token: string): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}`, { headers: { authorization: `Bearer ${token}` } });
  await once(ws, 'open');
  return ws;
}

async function closed(ws: WebSocket): Promise<readonly [number, string]> {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

describe('a WebSocket', () => {
  it('is closed with 4401 and the reason when its session is revoked, and no other', async () => {
    const [mine, other] = [rig.signIn(), rig.signIn()];
    const [ws, bystander] = [await connected(mine.token), await connected(other.token)];
    const watch = new Stopwatch();
    rig.signOut(mine.sid);
    expect(await closed(ws)).toEqual([SESSION_ENDED_CLOSE_CODE, 'SESSION_REVOKED']);
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    await sleep(DEADLINE_MS);
    expect(bystander.readyState).toBe(WebSocket.OPEN);
    expect(rig.watchers).toBe(1);
  });

  it('is closed when its token expires', async () => {
    const { token, exp } = rig.signIn(2);
    const ws = await connected(token);
    expect(await closed(ws)).toEqual([4401, 'TOKEN_EXPIRED']);
    expect(Date.now() - exp * 1000).toBeGreaterThanOrEqual(0);
    expect(Date.now() - exp * 1000).toBeLessThan(DEADLINE_MS);
  });

  it('is closed when its session ended between the check and the watch', async () => {
    const { token, sid } = rig.signIn();
    const principal = rig.principalOf(token);
    const other = await connected(rig.signIn().token);
    const serverSide = only(open);
    rig.signOut(sid);
    closeWebSocketOnRevoked(rig.validator, principal, serverSide);
    expect(await closed(other)).toEqual([4401, 'SESSION_REVOKED']);
  });

  it('is cut off when the client never reads, though megabytes wait for it', async () => {
    const { token, sid } = rig.signIn();
    const socket = connect(rig.port, '127.0.0.1');
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    const serverSide = only(open);
    for (let i = 0; i < 200; i++) serverSide.send(Buffer.alloc(100_000));
    expect(serverSide.bufferedAmount).toBeGreaterThan(1_000_000);
    const watch = new Stopwatch();
    rig.signOut(sid);
    await once(serverSide, 'close');
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    socket.destroy();
  });

  it('is not heard any more, though its client goes on talking', async () => {
    const { token, sid } = rig.signIn();
    const ws = await connected(token);
    ws.send('before');
    await eventually(() => expect(heard).toEqual(['before']));
    rig.signOut(sid);
    for (let i = 0; i < 20; i++) ws.send('after');
    await closed(ws);
    expect(heard).toEqual(['before']);
  });

  it('leaves nothing behind when its client leaves, when the watch is stopped, and when it was closed before', async () => {
    const { token, sid } = rig.signIn();
    const principal = rig.principalOf(token);
    const ws = await connected(token);
    const serverSide = only(open);
    const listeners = serverSide.listenerCount('close');
    closeWebSocketOnRevoked(rig.validator, principal, serverSide)();
    expect([serverSide.listenerCount('close'), rig.watchers]).toEqual([listeners, 1]);
    ws.close();
    await once(serverSide, 'close');
    expect(rig.watchers).toBe(0);
    const left = serverSide.listenerCount('close');
    closeWebSocketOnRevoked(rig.validator, principal, serverSide);
    expect([serverSide.listenerCount('close'), rig.watchers]).toEqual([left, 0]);
    rig.signOut(sid);
  });

  it('goes with a thousand others of its session, at once, and nothing of them stays', async () => {
    const bystander = await connected(rig.signIn().token);
    const before = await aThousand();
    const byHandMs = await before.ended(() => before.serverSides.forEach((ws) => ws.close(4401, 'SESSION_REVOKED')));
    const crowd = await aThousand();
    expect(rig.watchers).toBe(1_001);
    const elapsedMs = await crowd.ended(() => {
      rig.signOut(crowd.sid);
      // From here on none of them is heard or spoken to; what is left is to take leave.
      expect(new Set(crowd.serverSides.map((ws) => ws.readyState))).toEqual(new Set([WebSocket.CLOSING]));
    });
    // By contrast, for the clients live in this process too: no longer than it takes to close them by hand.
    expect(elapsedMs).toBeLessThan(2 * byHandMs + DEADLINE_MS);
    expect(rig.watchers).toBe(1);
    expect(sockets.clients.size).toBe(1);
    // What is left is the listener of the server of `ws` itself.
    expect(new Set(crowd.serverSides.map((ws) => ws.listenerCount('close')))).toEqual(new Set([1]));
    expect(bystander.readyState).toBe(WebSocket.OPEN);
  }, 60_000);

  async function aThousand() {
    const { token, sid } = rig.signIn();
    const opened = open.length;
    const clients: WebSocket[] = [];
    for (let i = 0; i < 20; i++) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connected(token)))));
    }
    const serverSides = open.slice(opened);
    /** @returns how long it takes from `end` until everybody knows, in milliseconds. */
    const ended = async (end: () => void): Promise<number> => {
      const told = clients.map(closed);
      const gone = serverSides.map((ws) => once(ws, 'close'));
      const startedMs = performance.now();
      end();
      expect(new Set((await Promise.all(told)).map(String))).toEqual(new Set(['4401,SESSION_REVOKED']));
      await Promise.all(gone);
      return performance.now() - startedMs;
    };
    return { sid, serverSides, ended };
  }
});
