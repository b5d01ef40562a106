import { eventually } from '@gatehouse/testing';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { closeSocketOnRevoked, requireAuthOnUpgrade } from '../../src/http/index.js';
import { only, SocketRig } from './socket-rig.js';
import { DEADLINE_MS, Stopwatch } from './stopwatch.js';

describe('an upgraded socket of another protocol', () => {
  let rig: SocketRig;
  let upgraded: Duplex[];
  let received: string;

  beforeEach(async () => {
    rig = new SocketRig();
    upgraded = [];
    received = '';
    rig.server.on(
      'upgrade',
      requireAuthOnUpgrade(rig.validator, (_request, socket, _head, principal) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n');
        socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
        closeSocketOnRevoked(rig.validator, principal, socket, { farewell: (reason) => `bye ${reason}\n` });
        upgraded.push(socket);
      }),
    );
    await rig.listen();
  });
  afterEach(async () => {
    for (const socket of upgraded) socket.destroy();
    await rig.close();
  });

  async function upgrade(token: string): Promise<Socket> {
    const socket = connect({ port: rig.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: lines\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await once(socket, 'data');
    return socket;
  }

  it('hears its last words and is ended, and what it still says is dropped', async () => {
    const { token, sid } = rig.signIn();
    const socket = await upgrade(token);
    socket.write('before');
    await eventually(() => expect(received).toBe('before'));
    const watch = new Stopwatch();
    rig.signOut(sid);
    socket.write('after');
    const [words] = (await once(socket, 'data')) as [Buffer];
    expect(words.toString()).toBe('bye SESSION_REVOKED\n');
    await once(only(upgraded), 'close');
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    expect(received).toBe('before');
    expect(rig.watchers).toBe(0);
    socket.destroy();
  });

  it('is cut off when its client never reads', async () => {
    const { token, sid } = rig.signIn();
    const socket = await upgrade(token);
    socket.pause();
    const serverSide = only(upgraded);
    serverSide.write(Buffer.alloc(20_000_000));
    rig.signOut(sid);
    const watch = new Stopwatch();
    await once(serverSide, 'close');
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    socket.destroy();
  });

  it('leaves no watch behind when it was destroyed before, or the watch is stopped', async () => {
    const { token } = rig.signIn();
    const socket = await upgrade(token);
    const serverSide = only(upgraded);
    closeSocketOnRevoked(rig.validator, rig.principalOf(token), serverSide)();
    expect(rig.watchers).toBe(1);
    serverSide.destroy();
    await once(serverSide, 'close');
    socket.destroy();
    closeSocketOnRevoked(rig.validator, rig.principalOf(token), serverSide);
    expect(rig.watchers).toBe(0);
  });
});
