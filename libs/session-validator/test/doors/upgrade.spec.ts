import { eventually } from '@gatehouse/testing';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { requireAuthOnUpgrade } from '../../src/http/index.js';
import { bearer, greeted, handshakeText, UpgradeRig } from './upgrade-rig.js';

let live: UpgradeRig;

beforeEach(() => {
  live = new UpgradeRig();
});
afterEach(() => live.close());

describe('an upgrade', () => {
  it('passes with the token in the Authorization header, and the first frames with it', async () => {
    await live.serve();
    const { token, claims } = live.rig.signIn();
    const ws = new WebSocket(live.url, bearer(token));
    expect(await greeted(ws)).toEqual({ sessionId: claims.sid, protocol: '' });
    ws.send('hello');
    expect(String((await once(ws, 'message'))[0])).toBe('hello');
  });

  it('passes as browsers can send it, and the token is neither echoed nor left in the request', async () => {
    await live.serve();
    const { token, claims } = live.rig.signIn();
    // The token first: a server that chooses the first one offered would send it back.
    const ws = new WebSocket(live.url, [`bearer.${token}`, 'orders.v1', 'orders.v0']);
    const upgraded = once(ws, 'upgrade') as Promise<[IncomingMessage]>;
    expect(await greeted(ws)).toEqual({ sessionId: claims.sid, protocol: 'orders.v1' });
    expect(JSON.stringify((await upgraded)[0].rawHeaders)).not.toContain(token);
    const { request } = live.accepted[0] ?? {};
    expect(request?.headers['sec-websocket-protocol']).toBe('orders.v1, orders.v0');
    expect(JSON.stringify([request?.headers, request?.rawHeaders, request?.headersDistinct])).not.toContain(token);
  });

  it('passes with the subprotocols in several header lines', async () => {
    await live.serve();
    const { token } = live.rig.signIn();
    const socket = connect(live.port, '127.0.0.1');
    const lines = [`Sec-WebSocket-Protocol: bearer.${token}`, 'Sec-WebSocket-Protocol: orders.v1'];
    socket.write(handshakeText('/live', ...lines));
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Protocol: orders\.v1\r\n/);
    socket.destroy();
  });

  it('waits for a key that was published a moment ago', async () => {
    await live.serve();
    live.rig.issuer.rotate();
    const { token, claims } = live.rig.signIn();
    expect(await greeted(new WebSocket(live.url, bearer(token)))).toMatchObject({ sessionId: claims.sid });
  });

  it('is let through as nobody where that is optional, and a token that is sent must be good', async () => {
    await live.serve({ optional: true });
    expect(await greeted(new WebSocket(live.url))).toEqual({ sessionId: null, protocol: '' });
    expect((await live.handshake('Authorization: Bearer x')).status).toBe(401);
    expect((await live.handshake('Sec-WebSocket-Protocol: bearer.x, a')).status).toBe(401);
    // Subprotocols without a token are the application's affair.
    expect(await greeted(new WebSocket(live.url, ['a', 'b']))).toEqual({ sessionId: null, protocol: 'a' });
  });
});

it('a client that resets its connection while the keys are asked for does not end the process', async () => {
  // Node lets go of an upgraded socket: an error nobody hears is thrown.
  const request = {
    headers: { authorization: `Bearer ${newKeyToken()}` },
    rawHeaders: [],
  } as unknown as IncomingMessage;
  const socket = new PassThrough();
  const accept = jest.fn();
  requireAuthOnUpgrade(live.rig.validator, accept)(request, socket, Buffer.alloc(0));
  socket.destroy(new Error('read ECONNRESET'));
  await eventually(() => expect(live.rig.validator.metrics().decisions.OK).toBe(1));
  expect(accept).not.toHaveBeenCalled();
});

function newKeyToken(): string {
  // The validator reads its keys before the new one is drawn.
  expect(live.rig.validator.health().keys.count).toBe(1);
  live.rig.issuer.rotate();
  return live.rig.signIn().token;
}
