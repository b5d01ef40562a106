import 'reflect-metadata';
import { Module, type INestApplication } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { eventually, freePort } from '@gatehouse/testing';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import type { SessionValidatorConfig } from '../../src/index.js';
import { SessionGuard, SessionValidator, SessionValidatorModule } from '../../src/nest/index.js';
import { SESSION_ENDED_CLOSE_CODE, SessionWsAdapter } from '../../src/nest-ws/index.js';
import { COOKIE } from './cookies.conformance.js';
import { DoorRig } from './door-rig.js';
import { CourierGateway, heard, LiveGateway, OptionalGateway, PublicGateway } from './gateways.js';
import { DEADLINE_MS, Stopwatch } from './stopwatch.js';

const httpServers = {
  Fastify: () => new FastifyAdapter({ forceCloseConnections: true }),
  Express: () => new ExpressAdapter(),
} as const;

let rig: DoorRig;
let app: INestApplication;
let port: number;

async function start(
  server: keyof typeof httpServers,
  gateways: (new () => object)[] = [LiveGateway, CourierGateway, OptionalGateway, PublicGateway],
  adapter = (of: INestApplication): WsAdapter => new SessionWsAdapter(of),
  config: SessionValidatorConfig = {},
): Promise<void> {
  rig = new DoorRig();
  @Module({
    imports: [SessionValidatorModule.forRootAsync({ useFactory: () => ({ ...rig.config, ...config }) })],
    providers: [...gateways, { provide: APP_GUARD, useExisting: SessionGuard }],
  })
  class AppModule {}
  app = await NestFactory.create(AppModule, httpServers[server](), { logger: false, forceCloseConnections: true });
  app.useWebSocketAdapter(adapter(app));
  rig.use(app.get(SessionValidator));
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
  rig.feed.beat();
}

afterEach(async () => {
  heard.length = 0;
  await app.close();
});

function client(path: string, token?: string, at = port): WebSocket {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new WebSocket(`ws://127.0.0.1:${at}${path}`, { headers });
}

async function opened(path: string, token?: string, at = port): Promise<WebSocket> {
  const ws = client(path, token, at);
  await once(ws, 'open');
  return ws;
}

async function ask(ws: WebSocket, event: string): Promise<unknown> {
  const answer = once(ws, 'message') as Promise<[Buffer]>;
  ws.send(JSON.stringify({ event, data: 'secret of the client' }));
  return JSON.parse((await answer)[0].toString()) as unknown;
}

/** The status a handshake was refused with. */
async function refusedWith(ws: WebSocket): Promise<string> {
  return ((await once(ws, 'error')) as [Error])[0].message;
}

const exception = (code: string) => ({ event: 'exception', data: { code, message: expect.any(String) } });

describe.each(['Fastify', 'Express'] as const)('gateways of Nest 12 on %s', (server) => {
  it('let in who has a good token, in the header or as browsers send it, and tell who it is', async () => {
    await start(server);
    const { token, claims } = rig.signIn();
    const ws = await opened('/live', token);
    expect(await ask(ws, 'who')).toEqual({ event: 'who', data: claims.sid });
    const browser = new WebSocket(`ws://127.0.0.1:${port}/live`, [`bearer.${token}`, 'live.v1']);
    await once(browser, 'open');
    expect(browser.protocol).toBe('live.v1');
    expect(await ask(browser, 'who')).toEqual({ event: 'who', data: claims.sid });
  });

  it('answer others in HTTP, before there is a connection', async () => {
    await start(server);
    const { token, claims } = rig.signIn();
    rig.feed.revoke({ scope: 'sid', value: claims.sid });
    expect(await refusedWith(client('/live'))).toBe('Unexpected server response: 401');
    expect(await refusedWith(client('/live', token))).toBe('Unexpected server response: 401');
    expect(await refusedWith(client('/couriers', rig.signIn().token))).toBe('Unexpected server response: 403');
    expect(await refusedWith(client('/optional', 'nonsense'))).toBe('Unexpected server response: 401');
    const courier = await opened('/couriers', rig.signIn({ roles: ['courier'] }).token);
    expect(await ask(courier, 'who')).toMatchObject({ event: 'who' });
  });

  it('close with 4401 when the session ends, within 150 ms, and hear nothing more', async () => {
    await start(server);
    const [mine, other] = [rig.signIn(), rig.signIn()];
    const [ws, bystander] = [await opened('/live', mine.token), await opened('/live', other.token)];
    await ask(ws, 'who');
    const watch = new Stopwatch();
    rig.feed.revoke({ scope: 'sid', value: mine.claims.sid });
    for (let i = 0; i < 10; i++) ws.send(JSON.stringify({ event: 'who', data: 'late' }));
    const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
    expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
    expect([code, reason.toString()]).toEqual([SESSION_ENDED_CLOSE_CODE, 'SESSION_REVOKED']);
    expect(await ask(bystander, 'who')).toEqual({ event: 'who', data: other.claims.sid });
    expect(heard).not.toContain('late');
    expect(rig.validator.metrics().watchers).toBe(1);
    bystander.close();
    await eventually(() => expect(rig.validator.metrics().watchers).toBe(0));
  });

  it('hold each message to the decorators of its handler, and say why not', async () => {
    await start(server);
    const auth_time = Math.floor(Date.now() / 1000) - 301;
    const ws = await opened('/live', rig.signIn({ auth_time }).token);
    expect(await ask(ws, 'admin')).toEqual(exception('FORBIDDEN'));
    expect(await ask(ws, 'scoped')).toEqual(exception('FORBIDDEN'));
    expect(await ask(ws, 'recent')).toEqual(exception('STEP_UP_REQUIRED'));
    expect(await ask(ws, 'closed')).toMatchObject({ event: 'closed' });
    rig.time.advance(6_000);
    expect(await ask(ws, 'closed')).toEqual(exception('FEED_STALE'));
    expect(await ask(ws, 'who')).toMatchObject({ event: 'who' });
    const { token, claims } = rig.signIn({ roles: ['admin'], scope: 'live:write' });
    const able = await opened('/live', token);
    for (const event of ['admin', 'scoped', 'recent']) {
      expect(await ask(able, event)).toEqual({ event, data: claims.sid });
    }
  });

  it.each(['/optional', '/public'])('know nobody on %s, and let nobody do only what is for nobody', async (path) => {
    await start(server);
    const ws = await opened(path);
    expect(await ask(ws, 'who')).toEqual({ event: 'who', data: null });
    expect(await ask(ws, 'mine')).toEqual(exception('TOKEN_MISSING'));
    expect(rig.validator.metrics().watchers).toBe(0);
  });

  it('know somebody where a token is optional, and watch them', async () => {
    await start(server);
    const { token, claims } = rig.signIn();
    const ws = await opened('/optional', token);
    expect(await ask(ws, 'mine')).toEqual({ event: 'mine', data: claims.sid });
    rig.feed.revoke({ scope: 'sid', value: claims.sid });
    expect((await once(ws, 'close'))[0]).toBe(4401);
  });

  it('look at no token where they are public', async () => {
    await start(server);
    expect(await ask(await opened('/public', 'nonsense'), 'who')).toEqual({ event: 'who', data: null });
  });
});

it.each(['Fastify', 'Express'] as const)(
  'take the cookie of a browser, from pages that may use it, on %s',
  async (server) => {
    await start(server, [LiveGateway], undefined, { accessCookie: COOKIE });
    const { token, claims } = rig.signIn();
    const from = (origin: string) =>
      new WebSocket(`ws://127.0.0.1:${port}/live`, { origin, headers: { cookie: `${COOKIE.name}=${token}` } });
    expect(await refusedWith(from('https://evil.example'))).toBe('Unexpected server response: 403');
    const ws = from(COOKIE.allowedOrigins[0]);
    await once(ws, 'open');
    expect(await ask(ws, 'who')).toEqual({ event: 'who', data: claims.sid });
    rig.feed.revoke({ scope: 'sid', value: claims.sid });
    expect((await once(ws, 'close'))[0]).toBe(SESSION_ENDED_CLOSE_CODE);
  },
);

it('guards a gateway on a port of its own, with and without a path', async () => {
  const [bare, withPath] = [await freePort(), await freePort()];
  @WebSocketGateway(bare)
  class BareGateway extends LiveGateway {}
  @WebSocketGateway(withPath, { path: '/own' })
  class PathGateway extends LiveGateway {}
  await start('Fastify', [BareGateway, PathGateway]);
  for (const [at, path] of [
    [bare, '/'],
    [withPath, '/own'],
  ] as const) {
    expect(await refusedWith(client(path, undefined, at))).toBe('Unexpected server response: 401');
    const { token, claims } = rig.signIn();
    const ws = await opened(path, token, at);
    expect(await ask(ws, 'who')).toEqual({ event: 'who', data: claims.sid });
    rig.feed.revoke({ scope: 'sid', value: claims.sid });
    expect((await once(ws, 'close'))[0]).toBe(4401);
  }
});

it('a rule for all gateways that set none is the adapter’s', async () => {
  await start('Express', [LiveGateway], (of) => new SessionWsAdapter(of, { roles: ['admin'] }));
  expect(await refusedWith(client('/live', rig.signIn().token))).toBe('Unexpected server response: 403');
  await opened('/live', rig.signIn({ roles: ['admin'] }).token);
  expect(() => new SessionWsAdapter(app, { fresh: {} })).toThrow(TypeError);
});

it('a validator that is strict by default is so with messages too', async () => {
  await start('Fastify', [LiveGateway], undefined, { freshness: 'closed' });
  const ws = await opened('/live', rig.signIn().token);
  expect(await ask(ws, 'who')).toMatchObject({ event: 'who' });
  rig.time.advance(6_000);
  expect(await ask(ws, 'who')).toEqual(exception('FEED_STALE'));
});

it('without the adapter, the guard refuses every message rather than none', async () => {
  await start('Fastify', [LiveGateway], (of) => new WsAdapter(of));
  const ws = await opened('/live', rig.signIn().token);
  expect(await ask(ws, 'who')).toMatchObject({ event: 'exception' });
  expect(heard).toEqual([]);
});
