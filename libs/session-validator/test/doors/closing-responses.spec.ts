import { eventually, sleep } from '@gatehouse/testing';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { closeOnRevoked } from '../../src/http/index.js';
import { only, SocketRig } from './socket-rig.js';
import { DEADLINE_MS, Stopwatch } from './stopwatch.js';

describe('a response', () => {
  let rig: SocketRig;
  let responses: ServerResponse[];

  beforeEach(async () => {
    rig = new SocketRig();
    responses = [];
    rig.server.on('request', (_request, response: ServerResponse) => responses.push(response));
    await rig.listen();
  });
  afterEach(() => rig.close());

  async function request(): Promise<{ client: Socket; response: ServerResponse }> {
    const client = connect(rig.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(responses).toHaveLength(1));
    return { client, response: only(responses) };
  }

  it('that has ended but waits for a client which does not read is cut off, without an error', async () => {
    const { client, response } = await request();
    const { token, sid } = rig.signIn();
    client.pause();
    response.write(Buffer.alloc(20_000_000));
    response.end();
    closeOnRevoked(rig.validator, rig.principalOf(token), response, { farewell: () => 'too late' });
    const watch = new Stopwatch();
    rig.signOut(sid);
    await once(response, 'close');
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    client.destroy();
  });

  it('ends though its last words cannot be had', async () => {
    const { client, response } = await request();
    const { token, sid } = rig.signIn();
    response.write('x');
    const farewell = () => {
      throw new Error('no words');
    };
    closeOnRevoked(rig.validator, rig.principalOf(token), response, { farewell });
    rig.signOut(sid);
    await once(response, 'close');
    client.destroy();
  });

  it('may still be written to by a route that does not know yet: that is no crash', async () => {
    const { client, response } = await request();
    const { token, sid } = rig.signIn();
    client.pause();
    response.write('x');
    closeOnRevoked(rig.validator, rig.principalOf(token), response, { farewell: () => 'bye' });
    rig.signOut(sid);
    // An unheard error would fail this test as it would end the process.
    response.write('late');
    response.end('later');
    // Not `once` of `node:events`, which hears errors.
    await new Promise((resolve) => response.once('close', resolve));
    const [received] = (await once(client.resume(), 'data')) as [Buffer];
    expect(received.toString()).toContain('bye');
    expect(received.toString()).not.toContain('late');
    client.destroy();
  });

  it('that is over is not watched, and a watch that is stopped leaves no listener', async () => {
    const { client, response } = await request();
    const principal = rig.principalOf(rig.signIn().token);
    const listeners = response.listenerCount('close');
    closeOnRevoked(rig.validator, principal, response)();
    expect([response.listenerCount('close'), rig.watchers]).toEqual([listeners, 0]);
    client.destroy();
    await once(response, 'close');
    closeOnRevoked(rig.validator, principal, response);
    expect(rig.watchers).toBe(0);
  });

  it('leaves the connection to the next request when all went well', async () => {
    const { client, response } = await request();
    const { token, sid } = rig.signIn();
    response.write('x');
    closeOnRevoked(rig.validator, rig.principalOf(token), response);
    rig.signOut(sid);
    await once(response, 'close');
    await sleep(DEADLINE_MS);
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(responses).toHaveLength(2));
    client.destroy();
  });
});
