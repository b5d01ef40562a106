import { eventually } from '@gatehouse/testing';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { COOKIE } from './cookies.conformance.js';
import { DoorRig } from './door-rig.js';
import type { RawResponse } from './raw-request.js';
import { bearer, greeted, UpgradeRig } from './upgrade-rig.js';

let live: UpgradeRig;

beforeEach(() => {
  live = new UpgradeRig();
});
afterEach(() => live.close());

const codeOf = ({ body }: RawResponse) => (JSON.parse(body) as { error: { code: string } }).error.code;

describe('a refused upgrade', () => {
  it('is answered as any request, with the envelope, and the connection is closed', async () => {
    await live.serve();
    const response = await live.handshake();
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      401,
      {
        'www-authenticate': 'Bearer realm="gatehouse"',
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(response.body.length),
        connection: 'close',
      },
    ]);
    expect(JSON.parse(response.body)).toEqual({
      success: false,
      error: { code: 'TOKEN_MISSING', message: 'Sign in to use this.' },
    });
    expect(live.accepted).toEqual([]);
  });

  it('tells a WebSocket client the status', async () => {
    await live.serve();
    const ws = new WebSocket(live.url);
    const [error] = (await once(ws, 'error')) as [Error];
    expect(error.message).toBe('Unexpected server response: 401');
  });

  it('never had its token in the address', async () => {
    await live.serve();
    const { token } = live.rig.signIn();
    for (const name of ['access_token', 'token', 'authorization', 'bearer']) {
      expect(codeOf(await live.handshakeTo(`/live?${name}=${token}`))).toBe('TOKEN_MISSING');
    }
  });

  it.each([
    ['a revoked session', () => revoked(), 401, 'SESSION_REVOKED'],
    ['nonsense', () => 'x', 401, 'TOKEN_INVALID'],
  ])('tells why: %s, in header and subprotocol alike', async (_what, tokenOf, status, code) => {
    await live.serve();
    for (const line of [`Authorization: Bearer ${tokenOf()}`, `Sec-WebSocket-Protocol: bearer.${tokenOf()}, a`]) {
      const response = await live.handshake(line);
      expect([response.status, codeOf(response)]).toEqual([status, code]);
    }
  });

  function revoked(): string {
    const { token, claims } = live.rig.signIn();
    live.rig.feed.revoke({ scope: 'sid', value: claims.sid });
    return token;
  }

  it('is held to roles, scopes, fresh sign-in and freshness', async () => {
    await live.serve({ roles: ['courier'], scopes: ['live'], fresh: { acrValues: ['aal2'] }, freshness: 'closed' });
    live.rig.feed.beat();
    const good = { roles: ['courier'], scope: 'live', acr: 'aal2' };
    const answer = async (overrides: object) => {
      const response = await live.handshake(
        `Authorization: Bearer ${live.rig.signIn({ ...good, ...overrides }).token}`,
      );
      return [response.status, codeOf(response), response.headers.get('retry-after')];
    };
    expect(await answer({ roles: ['user'] })).toEqual([403, 'FORBIDDEN', undefined]);
    expect(await answer({ scope: '' })).toEqual([403, 'FORBIDDEN', undefined]);
    expect(await answer({ acr: 'aal1' })).toEqual([403, 'STEP_UP_REQUIRED', undefined]);
    live.rig.time.advance(6_000);
    expect(await answer({})).toEqual([503, 'FEED_STALE', '1']);
    live.rig.feed.beat();
    expect(await greeted(new WebSocket(live.url, bearer(live.rig.signIn(good).token)))).toMatchObject({ protocol: '' });
  });

  it('sent more than one credential, whichever way', async () => {
    await live.serve();
    const [a, b] = [live.rig.signIn().token, live.rig.signIn().token];
    for (const lines of [
      [`Authorization: Bearer ${a}`, `Authorization: Bearer ${b}`],
      [`Authorization: Bearer ${a}`, `Sec-WebSocket-Protocol: bearer.${b}, x`],
      [`Sec-WebSocket-Protocol: bearer.${a}, bearer.${b}, x`],
      [`Sec-WebSocket-Protocol: bearer.${a}, x`, `Sec-WebSocket-Protocol: bearer.${b}`],
      ['Sec-WebSocket-Protocol: bearer., x'],
    ]) {
      const response = await live.handshake(...lines);
      expect([response.status, codeOf(response)]).toEqual([400, 'VALIDATION_ERROR']);
    }
  });

  it('offered nothing the server could choose: a browser would give up without a word', async () => {
    await live.serve();
    const response = await live.handshake(`Sec-WebSocket-Protocol: bearer.${live.rig.signIn().token}`);
    expect(response.status).toBe(400);
    expect(response.body).toContain('Offer a subprotocol of your own');
  });

  it('gives its socket back though the client neither reads nor leaves', async () => {
    await live.serve();
    const socket = connect({ port: live.port, host: '127.0.0.1', allowHalfOpen: true }).pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(socket, 'connect');
    await eventually(() => expect(connections()).resolves.toBe(1));
    await eventually(() => expect(connections()).resolves.toBe(0), { timeoutMs: 500 });
    socket.destroy();
  });

  const connections = () =>
    new Promise<number>((resolve, reject) =>
      live.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );

  it('does no harm when its client resets the connection, before or while it is answered', async () => {
    await live.serve();
    live.rig.issuer.rotate();
    const { token } = live.rig.signIn();
    for (const line of ['', `Authorization: Bearer ${token}\r\n`]) {
      for (let i = 0; i < 20; i++) await reset(line);
    }
    await eventually(() => expect(connections()).resolves.toBe(0));
    expect(await greeted(new WebSocket(live.url, bearer(token)))).toMatchObject({ protocol: '' });
  });

  async function reset(line: string): Promise<void> {
    const socket: Socket = connect(live.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${line}\r\n`);
    socket.resetAndDestroy();
  }
});

describe('an upgrade where browsers keep the token in a cookie', () => {
  const own = 'Origin: https://app.example';
  const cookie = (token: string) => `Cookie: ${COOKIE.name}=${token}`;
  beforeEach(async () => {
    live = new UpgradeRig(new DoorRig({ accessCookie: COOKIE }));
    await live.serve();
  });

  it('passes for a page that is allowed to, and for whoever brings the token otherwise, from anywhere', async () => {
    const { token, claims } = live.rig.signIn();
    const headers = { cookie: `${COOKIE.name}=${token}`, origin: 'https://app.example' };
    expect(await greeted(new WebSocket(live.url, { headers }))).toMatchObject({ sessionId: claims.sid });
    const foreign = { ...bearer(token).headers, origin: 'https://evil.example' };
    expect(await greeted(new WebSocket(live.url, { headers: foreign }))).toMatchObject({ sessionId: claims.sid });
    const offered = new WebSocket(live.url, [`bearer.${token}`, 'a'], { origin: 'https://evil.example' });
    expect(await greeted(offered)).toMatchObject({ sessionId: claims.sid, protocol: 'a' });
  });

  it.each([
    ['of another site', ['Origin: https://evil.example']],
    ['in a frame without an origin', ['Origin: null']],
    ['that tells nothing', []],
    ['that is on the same site', ['Sec-Fetch-Site: same-site']],
  ])('is refused for a page %s, which could read whatever came (B11)', async (_which, lines) => {
    const response = await live.handshake(cookie(live.rig.signIn().token), ...lines);
    expect([response.status, codeOf(response)]).toEqual([403, 'CSRF_FAILED']);
    expect(live.accepted).toEqual([]);
  });

  it('is refused with two tokens, and with two cookies of the name', async () => {
    const [mine, other] = [live.rig.signIn().token, live.rig.signIn().token];
    for (const lines of [
      [cookie(mine), `Authorization: Bearer ${other}`],
      [cookie(mine), `Sec-WebSocket-Protocol: a, bearer.${other}`],
      [cookie(mine), cookie(other)],
    ]) {
      const response = await live.handshake(own, ...lines);
      expect([response.status, codeOf(response)]).toEqual([400, 'VALIDATION_ERROR']);
    }
    expect(live.accepted).toEqual([]);
  });
});
