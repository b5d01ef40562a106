import { Metrics } from '@gatehouse/observability';
import { eventually, freePort, sleep } from '@gatehouse/testing';
import { createServer, request as ask, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { anUpstream, listen, startProxy, type ProxyOptions, type TestProxy } from '../../test/start-proxy.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function upstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

/** A server that says what it is told to, byte for byte. */
async function rawUpstream(onRequest: (socket: Socket, text: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => onRequest(socket, bytes.toString('latin1')));
  });
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function proxyTo(targets: string | readonly string[], options: ProxyOptions = {}): Promise<TestProxy> {
  const proxy = await startProxy([targets].flat(), options);
  closers.push(() => proxy.close());
  return proxy;
}

const codeOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;
const lastOutcome = (proxy: TestProxy) =>
  eventually(() => {
    const outcome = proxy.outcomes.at(-1);
    if (!outcome) throw new Error('not over yet');
    return outcome;
  });

describe('a request and its answer', () => {
  it('pass through whole, whatever the method and the status', async () => {
    const target = await upstream((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        response.writeHead(Number(request.headers['x-status'] ?? 200), {
          'x-method': request.method,
          'set-cookie': ['a=1', 'b=2'],
        });
        response.end(`${request.url} ${Buffer.concat(pieces).toString()}`);
      });
    });
    const proxy = await proxyTo(target);
    for (const [method, status] of [
      ['POST', 201],
      ['PUT', 200],
      ['PATCH', 404],
      ['DELETE', 500],
      ['PROPFIND', 207],
    ] as const) {
      const answer = await fetch(`${proxy.url}/a/b?c=%2e&c=1`, {
        method,
        body: 'körper',
        headers: { 'x-status': String(status) },
      });
      expect([answer.status, await answer.text()]).toEqual([status, '/a/b?c=%2e&c=1 körper']);
      expect([answer.headers.get('x-method'), answer.headers.getSetCookie()]).toEqual([method, ['a=1', 'b=2']]);
    }
    await eventually(() => expect(proxy.outcomes).toHaveLength(5));
    expect(proxy.outcomes[0]).toEqual({ target, status: 201, attempts: 1 });
  });

  it('without a body stay without: HEAD, 204, 304, an empty POST', async () => {
    const lengths: unknown[] = [];
    const target = await upstream((request, response) => {
      lengths.push([request.headers['content-length'], request.headers['transfer-encoding']]);
      const status = Number(request.headers['x-status'] ?? 200);
      response
        .writeHead(status, { etag: '"x"', ...(request.method === 'HEAD' ? { 'content-length': 5_000 } : {}) })
        .end();
    });
    const proxy = await proxyTo(target);
    const head = await fetch(proxy.url, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['5000', '']);
    for (const status of [204, 304]) {
      const answer = await fetch(proxy.url, { headers: { 'x-status': String(status) } });
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([status, '"x"', '']);
    }
    await fetch(proxy.url, { method: 'POST' });
    expect(lengths).toEqual([...Array(3).fill([undefined, undefined]), ['0', undefined]]);
  });

  it('carry large bodies both ways unharmed', async () => {
    const target = await upstream((request, response) => void request.pipe(response));
    const proxy = await proxyTo(target, { route: { bodyLimitBytes: 10_000_000 } });
    const body = Buffer.alloc(5_000_000, 'abcdefghijklmnopqrstuvwxyz');
    const answer = await fetch(proxy.url, { method: 'POST', body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it('are not unpacked: a bomb stays as small as it came, and counts as that (H6)', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const target = await upstream((request, response) => {
      response.setHeader('content-encoding', request.headers['content-encoding'] ?? 'none');
      request.pipe(response);
    });
    const proxy = await proxyTo(target, { route: { bodyLimitBytes: 100_000 } });
    const [encoding, bytes] = await new Promise<[string | undefined, Buffer]>((resolve, reject) => {
      const pieces: Buffer[] = [];
      const sent = ask(proxy.url, { method: 'POST', headers: { 'content-encoding': 'gzip' } }, (answer) => {
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => resolve([answer.headers['content-encoding'], Buffer.concat(pieces)]));
      });
      sent.on('error', reject).end(bomb);
    });
    expect([encoding, bytes.equals(bomb)]).toEqual(['gzip', true]);
  });

  it('do not share a connection with what an upstream says unasked', async () => {
    let asked = 0;
    const target = await rawUpstream((socket) => {
      asked += 1;
      const evil = asked === 1 ? 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON' : '';
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood${evil}`);
    });
    const proxy = await proxyTo(target);
    for (let n = 0; n < 5; n += 1) expect(await (await fetch(proxy.url)).text()).toBe('good');
  });
});

describe('an upstream that does not answer properly', () => {
  it('that is not there: 502', async () => {
    const proxy = await proxyTo(`http://127.0.0.1:${await freePort()}`);
    const answer = await fetch(proxy.url);
    expect([answer.status, await codeOf(answer)]).toEqual([502, 'UPSTREAM_FAILED']);
    expect(await lastOutcome(proxy)).toMatchObject({ status: 502, attempts: 1, error: 'connect' });
  });

  it.each([
    ['closes', ''],
    ['speaks something else', 'SSH-2.0-OpenSSH_9\r\n'],
    ['frames its answer in two ways', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc'],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['sends endless headers', `HTTP/1.1 200 OK\r\n${`X-Long: ${'a'.repeat(1_000)}\r\n`.repeat(100)}`],
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    ['splits a header', 'HTTP/1.1 200 OK\r\nX-A: b\rX-Evil: c\r\nContent-Length: 0\r\n\r\n'],
  ])('that %s: 502, in our words', async (_how, bytes) => {
    const target = await rawUpstream((socket) => socket.end(bytes, 'latin1'));
    const proxy = await proxyTo(target);
    const answer = await fetch(proxy.url);
    expect(answer.status).toBe(502);
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({
      type: 'urn:gatehouse:problem:UPSTREAM_FAILED',
      ...{ title: expect.any(String) as string, status: 502, code: 'UPSTREAM_FAILED', request_id: 'request-0001' },
      success: false,
      error: { code: 'UPSTREAM_FAILED', message: expect.any(String) as string, request_id: 'request-0001' },
    });
    expect(text).not.toMatch(/127\.0\.0\.1|undici|ECONN|HPE_/);
    expect(await lastOutcome(proxy)).toMatchObject({ status: 502, error: 'reset' });
  });

  it('that is silent: 504, in the words of every failure of the gateway (R11)', async () => {
    const target = await upstream(() => undefined);
    const proxy = await proxyTo(target, { route: { timeouts: { connectMs: 500, headersMs: 300, idleMs: 300 } } });
    const answer = await fetch(proxy.url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([504, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({
      status: 504,
      code: 'UPSTREAM_TIMEOUT',
      type: 'urn:gatehouse:problem:UPSTREAM_TIMEOUT',
      success: false,
      error: { code: 'UPSTREAM_TIMEOUT' },
    });
    expect(await lastOutcome(proxy)).toMatchObject({ error: 'timeout' });
  });

  it('to which no connection is to be had: 502 after the time for that', async () => {
    // One connection for all, and somebody on it who stays.
    const target = await upstream((request, response) => {
      if (request.url === '/stays') response.writeHead(200).write('…');
      else response.end();
    });
    const route = { timeouts: { connectMs: 200, headersMs: 5_000, idleMs: 0 } };
    const proxy = await proxyTo(target, { route, upstream: { maxConnectionsPerTarget: 1 } });
    const stays = await fetch(`${proxy.url}/stays`);
    const answer = await fetch(proxy.url);
    expect([answer.status, await codeOf(answer)]).toEqual([502, 'UPSTREAM_FAILED']);
    expect(await lastOutcome(proxy)).toMatchObject({ error: 'connect' });
    await stays.body?.cancel();
    await eventually(async () => expect((await fetch(proxy.url)).status).toBe(200));
  });

  it.each([
    ['a length', { 'content-length': '100' }],
    ['pieces', {}],
  ])(
    'that breaks off in the middle of %s breaks off here too: nobody takes half for whole',
    async (_framing, headers) => {
      const target = await upstream((_request, response) => {
        response.writeHead(200, headers);
        response.write('half');
        setTimeout(() => response.destroy(), 50);
      });
      const proxy = await proxyTo(target);
      const answer = await fetch(proxy.url);
      await expect(answer.text()).rejects.toThrow();
      expect(await lastOutcome(proxy)).toMatchObject({ status: 200, error: 'reset' });
    },
  );

  it('that falls silent in the middle is left after the idle time', async () => {
    const target = await upstream((_request, response) => void response.writeHead(200).write('half'));
    const proxy = await proxyTo(target, { route: { timeouts: { connectMs: 500, headersMs: 500, idleMs: 300 } } });
    await expect((await fetch(proxy.url)).text()).rejects.toThrow();
    expect(await lastOutcome(proxy)).toMatchObject({ error: 'timeout' });
  });
});

describe('retries', () => {
  /** Fails so often with this, then answers. */
  async function failing(times: number, status: number, headers: Record<string, string> = {}) {
    const seen: (string | undefined)[] = [];
    const target = await upstream((request, response) => {
      seen.push(request.method);
      request.resume();
      if (seen.length <= times) response.writeHead(status, headers).end('upstream says no');
      else response.end('at last');
    });
    return { seen, target };
  }

  it.each([502, 503, 504])('repeat what may be repeated after %i', async (status) => {
    const { seen, target } = await failing(2, status);
    const proxy = await proxyTo(target, { route: { retries: 2 } });
    expect(await (await fetch(proxy.url)).text()).toBe('at last');
    expect(seen).toHaveLength(3);
    expect(await lastOutcome(proxy)).toEqual({ target, status: 200, attempts: 3 });
  });

  it.each<[string, RequestInit, number]>([
    ['a POST', { method: 'POST' }, 503],
    ['a PATCH', { method: 'PATCH' }, 503],
    ['a PUT with a body', { method: 'PUT', body: 'x' }, 503],
    ['after 500', {}, 500],
    ['after 429', {}, 429],
  ])('never: %s', async (_what, init, status) => {
    const { seen, target } = await failing(1, status);
    const proxy = await proxyTo(target, { route: { retries: 2 } });
    const answer = await fetch(proxy.url, init);
    expect([answer.status, await answer.text(), seen.length]).toEqual([status, 'upstream says no', 1]);
  });

  it('end with what the upstream said last', async () => {
    const { seen, target } = await failing(9, 503);
    const proxy = await proxyTo(target, { route: { retries: 2 } });
    const answer = await fetch(proxy.url);
    expect([answer.status, await answer.text(), seen.length]).toEqual([503, 'upstream says no', 3]);
  });

  it('wait as long as an upstream asks, but not beyond the deadline', async () => {
    const soon = await failing(1, 503, { 'retry-after': '1' });
    const patient = await proxyTo(soon.target, { route: { retries: 1 } });
    const startedMs = performance.now();
    expect(await (await fetch(patient.url)).text()).toBe('at last');
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    for (const retryAfter of ['3600', 'Fri, 31 Dec 2100 23:59:59 GMT', 'soon']) {
      const late = await failing(1, 503, { 'retry-after': retryAfter });
      const proxy = await proxyTo(late.target, { route: { retries: 1 } });
      const answer = await fetch(proxy.url);
      expect([answer.status, answer.headers.get('retry-after'), late.seen.length]).toEqual([503, retryAfter, 1]);
    }
  });

  it('go to another target, also after a connection that broke', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const breaking = await rawUpstream((socket) => socket.destroy());
    const alive = await upstream((_request, response) => response.end('alive'));
    for (const bad of [dead, breaking]) {
      const proxy = await proxyTo([bad, alive], { route: { retries: 1 } });
      for (let n = 0; n < 6; n += 1) expect(await (await fetch(proxy.url)).text()).toBe('alive');
    }
  });

  it('stay within a fifth of the traffic once everything fails', async () => {
    const { seen, target } = await failing(Infinity, 503);
    const proxy = await proxyTo(target, { route: { retries: 3 } });
    const requests = 60;
    for (let n = 0; n < requests; n += 10)
      await Promise.all(Array.from({ length: 10 }, () => fetch(proxy.url).then((one) => one.text())));
    expect(seen.length).toBeGreaterThan(requests);
    expect(seen.length).toBeLessThanOrEqual(requests * 1.2 + 10);
  });
});

describe('what is known of a target', () => {
  it('by asking it: left out while its check fails, taken back when it answers again', async () => {
    let well = true;
    const asked: string[] = [];
    const serve = (name: string) =>
      upstream((request, response) => {
        if (request.url === '/healthz') response.writeHead(well || name === 'two' ? 200 : 503).end();
        else {
          asked.push(name);
          response.end(name);
        }
      });
    const health = { path: '/healthz', everyMs: 50, timeoutMs: 1_000, unhealthyAfter: 2, healthyAfter: 2 };
    const proxy = await proxyTo([await serve('one'), await serve('two')], {
      upstream: { health, balance: 'round-robin' },
    });
    const reached = async () => {
      asked.length = 0;
      for (let n = 0; n < 4; n += 1) await fetch(proxy.url);
      return [...new Set(asked)].sort();
    };
    expect(await reached()).toEqual(['one', 'two']);
    well = false;
    await eventually(async () => expect(await reached()).toEqual(['two']));
    well = true;
    await eventually(async () => expect(await reached()).toEqual(['one', 'two']));
  });

  it('when none is well: 503 with a time to come back', async () => {
    const target = `http://127.0.0.1:${await freePort()}`;
    const health = { path: '/', everyMs: 30, timeoutMs: 500, unhealthyAfter: 1, healthyAfter: 1 };
    const proxy = await proxyTo(target, { upstream: { health } });
    await eventually(async () => {
      const answer = await fetch(proxy.url);
      expect([answer.status, answer.headers.get('retry-after'), await codeOf(answer)]).toEqual([
        503,
        '1',
        'UPSTREAM_UNAVAILABLE',
      ]);
    });
    expect(await lastOutcome(proxy)).toEqual({ status: 503, attempts: 0, error: 'no-target' });
  });

  it('by its failures: the circuit opens, and closes once a trial succeeds', async () => {
    let broken = true;
    let asked = 0;
    const target = await upstream((_request, response) => {
      asked += 1;
      response.writeHead(broken ? 503 : 200).end();
    });
    const proxy = await proxyTo(target, { upstream: { breaker: { failures: 3, openMs: 300 } } });
    for (let n = 0; n < 3; n += 1) await fetch(proxy.url);
    const refused = await fetch(proxy.url);
    expect([refused.status, await codeOf(refused), asked]).toEqual([503, 'UPSTREAM_UNAVAILABLE', 3]);
    expect(await lastOutcome(proxy)).toEqual({ status: 503, attempts: 0, error: 'circuit-open' });
    broken = false;
    await eventually(async () => expect((await fetch(proxy.url)).status).toBe(200));
  });

  it('is not spoilt by clients that leave before they are answered', async () => {
    let arrived = 0;
    const target = await upstream((request, response) => {
      if (request.url === '/slow') arrived += 1;
      else response.end('fine');
    });
    const proxy = await proxyTo(target, { upstream: { breaker: { failures: 2, openMs: 60_000 } } });
    for (let n = 1; n <= 5; n += 1) {
      const leaving = new AbortController();
      const left = fetch(`${proxy.url}/slow`, { signal: leaving.signal }).catch(() => 'left');
      await eventually(() => expect(arrived).toBe(n));
      leaving.abort();
      expect(await left).toBe('left');
      await eventually(() => expect(proxy.outcomes.filter(({ error }) => error === 'client-gone')).toHaveLength(n));
    }
    expect((await fetch(proxy.url)).status).toBe(200);
  });

  it('goes into the figures', async () => {
    const target = await upstream((request, response) => response.writeHead(request.url === '/no' ? 404 : 200).end());
    const metrics = new Metrics('gateway', { processFigures: false });
    const proxy = await proxyTo(target, { metrics, route: { id: 'GET /"a"' } });
    for (const path of ['/', '/', '/no']) await fetch(proxy.url + path);
    await eventually(() => expect(proxy.outcomes).toHaveLength(3));
    const text = await metrics.text();
    const labels = String.raw`route="GET /\"a\"",upstream="app"`;
    expect(text).toContain(`gateway_requests_total{${labels},status="2xx"} 2\n`);
    expect(text).toContain(`gateway_requests_total{${labels},status="4xx"} 1\n`);
    expect(text).toContain(`gateway_upstream_attempts_total{${labels}} 3\n`);
    expect(text).toContain(`gateway_request_duration_seconds_bucket{${labels},le="+Inf"} 3\n`);
    expect(text).toContain(`gateway_request_duration_seconds_count{${labels}} 3\n`);
    const sum = Number(/^gateway_request_duration_seconds_sum\{.*\} (\S+)$/m.exec(text)?.[1]);
    expect(sum).toBeGreaterThan(0);
    const here = `upstream="app",target="${target}"`;
    for (const line of [
      `gateway_pool_active{${here}} 0`,
      `gateway_pool_waiting{${here}} 0`,
      `gateway_target_healthy{${here}} 1`,
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toContain(`gateway_target_breaker{${here},state="closed"} 1\n`);
    expect(text).toMatch(/# TYPE gateway_pool_idle gauge\ngateway_pool_idle\{[^}]*\} [1-3]\n/);
  });
});

describe('a session that ends', () => {
  it('ends a request that waits for its upstream', async () => {
    const session = new AbortController();
    let arrived = 0;
    let gone = 0;
    const target = await upstream((request) => {
      arrived += 1;
      request.on('close', () => (gone += 1));
    });
    const proxy = await proxyTo(target, { plan: { signal: session.signal } });
    const waiting = fetch(proxy.url);
    await eventually(() => expect(arrived).toBe(1));
    session.abort();
    const answer = await waiting;
    expect([answer.status, await codeOf(answer)]).toEqual([401, 'SESSION_REVOKED']);
    await eventually(() => expect(gone).toBe(1));
    expect((await fetch(proxy.url)).status).toBe(401);
    expect(arrived).toBe(1);
  });

  it('cuts a download off, so that nobody takes it for whole', async () => {
    const session = new AbortController();
    const target = await upstream((_request, response) => void response.writeHead(200).write('secret'));
    const proxy = await proxyTo(target, { plan: { signal: session.signal } });
    const answer = await fetch(proxy.url);
    session.abort();
    await expect(answer.text()).rejects.toThrow();
  });
});

it('keeps a connection that nobody uses as long as the upstream says, and no longer', async () => {
  const open: Socket[] = [];
  const server = createServer((_request, response) => response.end('here'));
  // Says nothing of how long it would keep one.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => open.push(socket));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const target = `http://127.0.0.1:${await listen(server)}`;
  const [brief, patient] = [
    await proxyTo(target, { upstream: { keepAliveMs: 200 } }),
    await proxyTo(target, { upstream: { keepAliveMs: 60_000 } }),
  ];
  for (const { url } of [brief, patient]) expect(await (await fetch(url)).text()).toBe('here');
  const [left, kept] = open;
  await eventually(() => expect(left!.destroyed).toBe(true), { timeoutMs: 3_500 });
  expect([kept!.destroyed, await (await fetch(patient.url)).text(), open.length]).toEqual([false, 'here', 2]);
  expect([await (await fetch(brief.url)).text(), open.length]).toEqual(['here', 3]);
});

it('lets go of a connection before an upstream does that says when, whatever the setting', async () => {
  const open: Socket[] = [];
  const server = createServer((_request, response) => response.end('here'));
  // Node says so with each answer: `Keep-Alive: timeout=4`.
  server.keepAliveTimeout = 4_000;
  server.on('connection', (socket: Socket) => open.push(socket));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const proxy = await proxyTo(`http://127.0.0.1:${await listen(server)}`, { upstream: { keepAliveMs: 60_000 } });
  expect(await (await fetch(proxy.url)).text()).toBe('here');
  await eventually(() => expect(open[0]!.destroyed).toBe(true), { timeoutMs: 3_500 });
});

describe('a swap of upstreams', () => {
  it('lets what is under way finish where it began, and sends the rest to the new ones', async () => {
    const held: (() => void)[] = [];
    const old = await upstream((_request, response) => void held.push(() => response.end('old')));
    const fresh = await upstream((_request, response) => response.end('new'));
    const proxy = await proxyTo(old);
    const underWay = fetch(proxy.url);
    await eventually(() => expect(held).toHaveLength(1));
    await proxy.forwarder.configure([anUpstream([fresh])]);
    expect(await (await fetch(proxy.url)).text()).toBe('new');
    held[0]?.();
    expect(await (await underWay).text()).toBe('old');
    await proxy.forwarder.configure([]);
    expect((await fetch(proxy.url)).status).toBe(503);
  });
});

it('refuses TRACE, which would show a client what we add', async () => {
  let asked = 0;
  const proxy = await proxyTo(await upstream((_request, response) => void response.end(String((asked += 1)))));
  const status = await new Promise<number | undefined>((resolve, reject) => {
    ask(proxy.url, { method: 'TRACE' }, (answer: IncomingMessage) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect([status, asked]).toEqual([405, 0]);
});

it('closes by letting requests finish, and cuts what does not', async () => {
  const target = await upstream((request, response) => {
    if (request.url === '/soon') setTimeout(() => response.end('done'), 200);
  });
  const proxy = await startProxy([target], { drainDeadlineMs: 600 });
  const soon = fetch(`${proxy.url}/soon`).then((answer) => answer.text());
  const never = fetch(`${proxy.url}/never`).then(
    () => 'answered',
    () => 'cut',
  );
  await sleep(100);
  await proxy.close();
  expect([await soon, await never]).toEqual(['done', 'cut']);
});
