import { listRoutes } from '@gatehouse/nest-kit';
import { eventually } from '@gatehouse/testing';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { aRoute, aTable } from '../test/a-route.js';
import { ask, NAVIGATION, OWN_SCRIPT, send } from '../test/ask.js';
import { startFront, type StartedFront } from '../test/start-front.js';
import { ownRequests } from './front/own-requests.js';
import { UndiciForwarder } from './proxy/undici-forwarder.js';

/** Every route of the gateway itself. A new one must be added here, by somebody who has thought about whom it serves. */
const ROUTES = [
  'GET /_gw/auth',
  'GET /_gw/callback/:provider',
  'GET /_gw/login',
  'GET /_gw/logout',
  'POST /_gw/logout',
  'GET /_gw/oidc/:provider/frontchannel',
  'POST /_gw/oidc/:provider/backchannel',
  'GET /_gw/session',
  'GET /_gw/signed-in',
  'GET /_gw/signed-out',
  'GET /health',
  'GET /metrics',
  'GET /ready',
];

const NOT_TIMEOUTS = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] as const;

describe('the gateway', () => {
  const held: ServerResponse[] = [];
  const arrived: IncomingMessage[] = [];
  let upstream: Server;
  let front: StartedFront;
  let port: number;

  beforeEach(async () => {
    arrived.length = 0;
    upstream = createServer((asked, response) => {
      arrived.push(asked);
      if (asked.url === '/slow') return void held.push(response);
      if (asked.method === 'POST') return void asked.pipe(response);
      if (!asked.url?.endsWith('/events')) return void response.end('from upstream');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const targets = [new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`)];
    const table = aTable(aRoute({ id: 'ANY /mine' }), aRoute({ id: 'ANY /', access: { kind: 'none' } }));
    front = await startFront({}, table, {
      forwarder: new UndiciForwarder({ drainDeadlineMs: 10_000 }),
      upstreams: [
        {
          ...{ name: 'orders', targets, balance: 'round-robin', maxConnectionsPerTarget: 10, keepAliveMs: 4_000 },
          ...{ ejection: { failures: 5, forMs: 1_000 }, breaker: { failures: 5, openMs: 1_000 } },
        },
      ],
    });
    ({ port } = front);
  });
  afterEach(async () => {
    for (const response of held.splice(0)) response.end();
    await front.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  it('has these pages and endpoints of its own', () => {
    const found = listRoutes(front.app, 'none').map(({ method, path }) => `${method} ${path}`);
    expect(found.sort()).toEqual([...ROUTES].sort());
  });

  it('serves its own paths beside what it passes on, and tells no version', async () => {
    expect((await ask(port, '/health')).json()).toMatchObject({ status: 'ok' });
    expect((await ask(port, '/ready')).json()).toMatchObject({ status: 'ready' });
    for (const path of ['/health', '/anything', '/_gw/nothing']) {
      const { headers } = await ask(port, path);
      expect([headers.server, headers['x-powered-by']]).toEqual([undefined, undefined]);
    }
    const lost = await ask(port, '/_gw/nothing', { headers: NAVIGATION });
    expect(lost.status).toBe(404);
  });

  it('shows its figures to those inside only', async () => {
    await ask(port, '/anything');
    const inside = await ask(port, '/metrics');
    for (const name of ['gateway_open_requests', 'gateway_refusals_total', 'http_request_duration_seconds']) {
      expect(inside.text).toContain(name);
    }
    expect((await ask(port, '/metrics', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404);
  });

  it('answers 431 for headers beyond the limit, and 400 for what is no request', async () => {
    const flood = `GET / HTTP/1.1\r\nHost: app.test\r\nX-Much: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await send(port, flood)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await send(port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('lets parameters and empty segments through where the file says so, and sends on what it has judged', async () => {
    const table = aTable(aRoute({ id: 'ANY /api', access: { kind: 'none' }, stripPrefix: '/api' }));
    const lenient = await startFront({}, table, { paths: { semicolons: 'pass', emptySegments: 'merge' } });
    try {
      for (const [asked, sent] of [
        ['/api/orders;v=1//7?q=//;', '/orders;v=1/7?q=//;'],
        ['/api;v=1/orders', '/orders'],
        ['/api;v=1', '/'],
        ['//api//orders', '/orders'],
        ['/apis;v=1/orders', '/apis;v=1/orders'],
      ] as const) {
        expect((await ask(lenient.port, asked)).json()).toMatchObject({ target: sent });
        expect([asked, (await ask(port, asked)).status]).toEqual([asked, 400]);
      }
      expect((await ask(lenient.port, '/api/..;/admin')).status).toBe(400);
    } finally {
      await lenient.close();
    }
  });

  it('asks for a body only once the request has been let in', async () => {
    const head = 'Host: app.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n';
    const refused = await send(
      port,
      `POST /_gw/oidc/nobody/frontchannel HTTP/1.1\r\n${head}Connection: close\r\n\r\nab`,
    );
    expect(refused).toMatch(/^HTTP\/1\.1 (?:100|405) /);
    const answer = await send(port, `POST /upload HTTP/1.1\r\n${head}Connection: close\r\n\r\nab`);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  const H2C = 'Host: app.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';

  it('serves a request that offers h2c as if it had not, and the offer reaches nobody (H1)', async () => {
    const first = `GET /one HTTP/1.1\r\n${H2C}\r\n`;
    const second = `POST /two HTTP/1.1\r\n${H2C}Content-Length: 4\r\n\r\nbody`;
    const third = `POST /three HTTP/1.1\r\n${H2C}Transfer-Encoding: chunked\r\n\r\n6\r\nchunks\r\n0\r\n\r\n`;
    const last = 'GET /last HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n';
    const answers = await send(port, first + second + third + last);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: 4 }, () => 'HTTP/1.1 200'));
    for (const text of ['body', 'chunks']) expect(answers).toContain(text);
    expect(arrived.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /one',
      'POST /two',
      'POST /three',
      'GET /last',
    ]);
    const names = arrived.flatMap(({ rawHeaders }) => rawHeaders.map((one) => one.toLowerCase()));
    for (const name of ['upgrade', 'http2-settings', 'h2c']) expect(names).not.toContain(name);
  });

  it('smuggles nothing past by an offer: what is a body stays one, and what is in doubt is refused (H4)', async () => {
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: app.test\r\n\r\n';
    const end = 'Connection: close\r\n';
    const wrapped = `POST /outer HTTP/1.1\r\n${H2C}${end}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
    expect(await send(port, wrapped)).toMatch(/^HTTP\/1\.1 200 /);
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    await send(port, `GET /agreed HTTP/1.1\r\n${H2C}\r\n${preface}`);
    const many = Array.from({ length: 1_200 }, (_, n) => `a${n}:\r\n`).join('');
    for (const [what, doubtful] of [
      ['two lengths', `POST /x HTTP/1.1\r\n${H2C}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      ['two offers', `GET /x HTTP/1.1\r\n${H2C.replace('h2c', 'h2c, websocket')}\r\n`],
      ['more than is kept', `POST /x HTTP/1.1\r\n${many}${H2C}Content-Length: ${hidden.length}\r\n\r\n${hidden}`],
    ] as const) {
      expect([what, (await send(port, doubtful)).slice(0, 12)]).toEqual([what, 'HTTP/1.1 400']);
    }
    expect(arrived.map(({ url }) => url)).toEqual(['/outer', '/agreed']);
  });

  it('answers what came before an upgrade first, and no upgrade ends the process', async () => {
    const handshake = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const before = 'GET /slow HTTP/1.1\r\nHost: app.test\r\n\r\n';
    const both = send(port, `${before}GET /ws HTTP/1.1\r\nHost: app.test\r\n${handshake}\r\n`);
    await eventually(() => expect(held).toHaveLength(1));
    held.splice(0)[0]!.end('slow answer');
    expect((await both).match(/HTTP\/1\.1 \d+|slow answer/g)).toEqual(['HTTP/1.1 200', 'slow answer', 'HTTP/1.1 400']);
    expect((await ask(port, '/health')).status).toBe(200);
  });

  it('gathers nothing on a connection on which h2c is offered over and over', async () => {
    let socket: Socket | undefined;
    let most = 0;
    const server = front.app.getHttpServer() as Server;
    server.on('connection', (one: Socket) => {
      socket = one;
      most = Math.max(most, ...one.eventNames().map((name) => one.listenerCount(name)));
    });
    const once = `GET /again HTTP/1.1\r\n${H2C}\r\n`;
    const last = 'GET /last HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n';
    const answers = await send(port, once.repeat(60) + last);
    expect([answers.match(/HTTP\/1\.1 200/g)?.length, socket?.destroyed]).toEqual([61, true]);
    // Beyond ten Node suspects a leak.
    expect(most).toBeLessThan(10);
  });

  it('ends what is open when its session runs out, though nobody revokes it', async () => {
    front.sessions.lifeMs = 300;
    const headers = { ...OWN_SCRIPT, cookie: front.sessions.signIn() };
    expect((await ask(port, '/mine/events', { headers })).text).toBe('data: one\n\n');
  });

  it('waits for an upload as long as it flows, and for what comes to its own pages no longer than a form takes', async () => {
    expect((front.app.getHttpServer() as Server).requestTimeout).toBe(0);
    const asked: IncomingMessage[] = [];
    const own = createServer(ownRequests((request) => void asked.push(request.resume())));
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
    jest.useFakeTimers({ now: Date.now(), doNotFake: [...NOT_TIMEOUTS] });
    try {
      const head = `POST /_gw/logout HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9\r\n\r\n`;
      const slow = send((own.address() as AddressInfo).port, `${head}a=`);
      for (let turns = 0; asked.length === 0 && turns < 10_000; turns++) await new Promise(setImmediate);
      jest.advanceTimersByTime(14_999);
      expect(asked.map((request) => request.destroyed)).toEqual([false]);
      jest.advanceTimersByTime(1);
      expect(await slow).toBe('');
    } finally {
      jest.useRealTimers();
      own.close();
    }
  });

  it('lets go of kept connections once it is about to end', async () => {
    const kept = { headers: { connection: 'keep-alive' } };
    expect((await ask(port, '/anything', kept)).headers.connection).toBe('keep-alive');
    front.drain.start();
    expect((await ask(port, '/anything', kept)).headers.connection).toBe('close');
  });

  it('ends in order: streams at once, what is under way in peace, and nothing new', async () => {
    const stream = ask(port, '/events');
    const slow = ask(port, '/slow');
    await eventually(async () => {
      expect((await ask(port, '/metrics')).text).toMatch(/gateway_open_requests\{[^}]*\} 2/);
      expect(held).toHaveLength(1);
    });
    const closing = front.app.close();
    expect((await stream).text).toBe('data: one\n\n');
    await eventually(async () => expect(await refusesConnections(port)).toBe(true));
    held.splice(0)[0]!.end('finished');
    expect((await slow).text).toBe('finished');
    await closing;
  });
});

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}
