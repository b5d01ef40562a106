import { eventually, sleep } from '@gatehouse/testing';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { createServer, request as ask, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { listen, startProxy, type ProxyOptions, type TestProxy } from '../../test/start-proxy.js';
import { closeFrame, FrameBoundary } from './websocket/frame-boundary.js';

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

async function proxyTo(target: string, options: ProxyOptions = {}): Promise<TestProxy> {
  const proxy = await startProxy([target], options);
  closers.push(() => proxy.close());
  return proxy;
}

/** Waits until a number that has left 0 no longer grows. */
async function standsStill(read: () => number): Promise<void> {
  await eventually(
    async () => {
      const before = read();
      await sleep(150);
      expect(before).toBeGreaterThan(0);
      expect(read()).toBe(before);
    },
    { timeoutMs: 10_000 },
  );
}

/** Reads an answer as it comes. */
async function streamOf(url: string) {
  const answer = await fetch(url);
  const reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
  const stream = { text: '', over: false, broken: false, cancel: () => reader.cancel() };
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      stream.text += Buffer.from(value).toString();
    }
    stream.over = true;
  })().catch(() => (stream.broken = true));
  return { answer, stream };
}

describe('server-sent events', () => {
  const events: RequestListener = (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    let n = 0;
    const timer = setInterval(() => response.write(`data: ${(n += 1)}\n\n`), 20);
    request.on('close', () => clearInterval(timer));
  };

  it('arrive one by one, and the head before the first of them', async () => {
    let emit: (text: string) => void = () => undefined;
    const target = await upstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      emit = (text) => void response.write(text);
    });
    const proxy = await proxyTo(target);
    const { answer, stream } = await streamOf(proxy.url);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    for (const text of ['data: 1\n\n', 'data: 2\n\n', 'da', 'ta: 3\n\n']) {
      const before = stream.text;
      emit(text);
      await eventually(() => expect(stream.text).toBe(before + text));
    }
    await stream.cancel();
  });

  it('end whole when the session does: the client comes back and is told why', async () => {
    const session = new AbortController();
    const proxy = await proxyTo(await upstream(events), { plan: { signal: session.signal } });
    const { stream } = await streamOf(proxy.url);
    await eventually(() => expect(stream.text).toContain('data: 1'));
    session.abort();
    await eventually(() => expect(stream.over).toBe(true));
    expect(stream.text.endsWith('\n\n')).toBe(true);
    expect((await fetch(proxy.url)).status).toBe(401);
    await eventually(() => expect(proxy.outcomes).toHaveLength(2));
    expect(proxy.outcomes[0]).toMatchObject({ status: 200 });
  });

  it('end when the gateway goes, while other requests finish', async () => {
    const proxy = await startProxy([await upstream(events)], { drainDeadlineMs: 5_000 });
    const { stream } = await streamOf(proxy.url);
    await eventually(() => expect(stream.text).toContain('data: 1'));
    const startedMs = performance.now();
    await proxy.close();
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    await eventually(() => expect(stream.over).toBe(true));
  });

  it('cost next to nothing while they are open: 200 of them, and all end when the clients leave', async () => {
    let open = 0;
    const target = await upstream((request, response) => {
      open += 1;
      request.on('close', () => (open -= 1));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    });
    const proxy = await proxyTo(target, { upstream: { maxConnectionsPerTarget: 250 } });
    const before = process.memoryUsage().rss;
    const streams = await Promise.all(Array.from({ length: 200 }, () => streamOf(proxy.url)));
    await eventually(() => expect(streams.every(({ stream }) => stream.text === ': hello\n\n')).toBe(true));
    expect(open).toBe(200);
    // Clients, gateway and upstream in one process.
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    await Promise.all(streams.map(({ stream }) => stream.cancel()));
    await eventually(() => expect(open).toBe(0), { timeoutMs: 10_000 });
    await eventually(() => expect(proxy.outcomes).toHaveLength(200));
  });
});

describe('large bodies', () => {
  it('go up without being kept: 200 MB, and no more on the way than the upstream takes', async () => {
    let received = 0;
    let read: () => void = () => undefined;
    const target = await upstream((request, response) => {
      request.on('data', (piece: Buffer) => (received += piece.length)).pause();
      request.on('end', () => response.end(String(received)));
      read = () => void request.resume();
    });
    const proxy = await proxyTo(target, { route: { bodyLimitBytes: 300_000_000 } });
    const piece = Buffer.alloc(1_000_000, 'x');
    let given = 0;
    let most = 0;
    const before = process.memoryUsage().rss;
    function* pieces() {
      for (; given < 200; given += 1) {
        most = Math.max(most, process.memoryUsage().rss);
        yield piece;
      }
    }
    const answer = new Promise<string>((resolve, reject) => {
      const sent = ask(proxy.url, { method: 'POST' }, (response) => response.setEncoding('utf8').on('data', resolve));
      Readable.from(pieces(), { objectMode: true, highWaterMark: 1 }).pipe(sent).on('error', reject);
    });
    // Nobody reads at the far end: what fits into the sockets is under way, and then all stands still.
    await standsStill(() => given);
    expect(given).toBeLessThan(50);
    read();
    expect(await answer).toBe('200000000');
    expect(most - before).toBeLessThan(120_000_000);
  });

  it('come down no faster than the client reads, and are left when it reads no more', async () => {
    let written = 0;
    let left = false;
    const target = await upstream((request, response) => {
      const more = () => {
        for (let flows = true; flows && !left; written += 100_000) flows = response.write(Buffer.alloc(100_000));
      };
      response.on('drain', more);
      request.on('close', () => (left = true));
      more();
    });
    const proxy = await proxyTo(target, { route: { timeouts: { connectMs: 500, headersMs: 500, idleMs: 900 } } });
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await standsStill(() => written);
    expect([left, written < 50_000_000]).toEqual([false, true]);
    await eventually(() => expect(left).toBe(true), { timeoutMs: 10_000 });
    await eventually(() => expect(proxy.outcomes).toMatchObject([{ status: 200, error: 'timeout' }]));
    socket.destroy();
  });
});

describe('WebSockets', () => {
  async function echoing(options: { perMessageDeflate?: boolean } = {}) {
    const http = createServer((_request, response) => void response.writeHead(404).end('no such page'));
    const server = new WebSocketServer({
      noServer: true,
      ...options,
      handleProtocols: (offered) => [...offered].at(-1) ?? false,
    });
    const closed: number[] = [];
    const asked: Record<string, unknown>[] = [];
    http.on('upgrade', (request, socket, head) => {
      asked.push(request.headers);
      if (request.url === '/refused')
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nX-Why: x\r\n\r\nnot you');
      else if (request.url === '/broken') socket.destroy();
      else
        server.handleUpgrade(request, socket, head, (peer) => {
          peer.on('message', (data, binary) => peer.send(data as Buffer, { binary }));
          peer.on('close', (code) => closed.push(code)).on('error', () => undefined);
          if (request.url === '/greeting') peer.send('welcome');
        });
    });
    closers.push(() => {
      server.clients.forEach((peer) => peer.terminate());
      http.close();
      http.closeAllConnections();
    });
    return { target: `http://127.0.0.1:${await listen(http)}`, server, closed, asked };
  }

  interface Peer {
    readonly socket: WebSocket;
    readonly heard: string[];
    readonly end: { code?: number; reason?: string };
  }

  async function join(proxy: TestProxy, path = '/', protocols: string[] = [], options = {}): Promise<Peer> {
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}${path}`, protocols, options);
    const peer: Peer = { socket, heard: [], end: {} };
    socket.on('message', (data: Buffer) => peer.heard.push(data.toString()));
    socket.on('close', (code, reason) => Object.assign(peer.end, { code, reason: reason.toString() }));
    closers.push(() => socket.terminate());
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).on('error', reject));
    return peer;
  }

  it.each([true, false])('pass both ways as they are, compressed: %s', async (perMessageDeflate) => {
    const { target, asked } = await echoing({ perMessageDeflate });
    const proxy = await proxyTo(target, { plan: { identityHeaders: [['x-auth-user', '42']] } });
    const { socket, heard } = await join(proxy, '/chat?room=1', ['one', 'two'], {
      headers: { cookie: 'a=1; __Host-gw=x.y', 'x-auth-user': 'evil' },
    });
    expect([socket.protocol, socket.extensions !== '']).toEqual(['two', perMessageDeflate]);
    const texts = ['hello', 'x'.repeat(70_000), 'ü'.repeat(200), ''];
    for (const text of texts) socket.send(text);
    await eventually(() => expect(heard).toEqual(texts));
    expect(asked[0]).toMatchObject({ cookie: 'a=1', 'x-auth-user': '42', 'x-forwarded-for': '192.0.2.7' });
    socket.close(4000, 'bye');
    await eventually(() => expect(proxy.outcomes).toEqual([{ target, status: 101, attempts: 1 }]));
  });

  it('lose nothing that was sent with the handshake, in either direction', async () => {
    const { target } = await echoing();
    const proxy = await proxyTo(target);
    const { heard } = await join(proxy, '/greeting');
    await eventually(() => expect(heard).toEqual(['welcome']));

    const raw = connect({ port: proxy.port, host: '127.0.0.1' });
    let text = '';
    raw.on('data', (bytes) => (text += bytes.toString('latin1')));
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    const head =
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    raw.write(Buffer.concat([Buffer.from(head), frame]));
    await eventually(() => expect(text.endsWith('\x81\x02hi')).toBe(true));
    raw.destroy();
  });

  it('end with 4401 when the session does, also in the middle of a rush', async () => {
    const { target, closed, server } = await echoing();
    const session = new AbortController();
    const proxy = await proxyTo(target, { plan: { signal: session.signal } });
    const peers = await Promise.all(Array.from({ length: 5 }, () => join(proxy)));
    const rush = setInterval(() => {
      for (const peer of server.clients) for (let n = 0; n < 20; n += 1) peer.send('y'.repeat(n * 1_000));
    }, 5);
    await eventually(() => expect(peers.every(({ heard }) => heard.length > 50)).toBe(true));
    session.abort();
    await eventually(() =>
      expect(peers.map(({ end }) => end)).toEqual(Array(5).fill({ code: 4401, reason: 'SESSION_REVOKED' })),
    );
    clearInterval(rush);
    for (const { heard } of peers) for (const text of heard) expect(text).toMatch(/^y*$/);
    await eventually(() => expect(closed).toHaveLength(5));
    await eventually(() => expect(proxy.outcomes).toHaveLength(5));
    const late = new WebSocket(`ws://127.0.0.1:${proxy.port}/`);
    await expect(new Promise((_resolve, reject) => late.on('error', reject))).rejects.toThrow('401');
  });

  it('never get a farewell inside a frame: it waits for the end of that, or they are cut', async () => {
    const begun: Socket[] = [];
    const server = createTcpServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (bytes) => {
          const key = /sec-websocket-key: (\S+)/i.exec(bytes.toString())?.[1] ?? '';
          const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
          const head = [
            'HTTP/1.1 101 x',
            'Upgrade: websocket',
            'Connection: Upgrade',
            `Sec-WebSocket-Accept: ${accept}`,
          ];
          socket.write(`${head.join('\r\n')}\r\n\r\n`);
          // 'he' of a text frame of five bytes.
          socket.write(Buffer.from([0x81, 5, 0x68, 0x65]));
          begun.push(socket);
        });
    });
    closers.push(() => {
      server.close();
      for (const socket of begun) socket.destroy();
    });
    const target = `http://127.0.0.1:${await listen(server)}`;
    const endOf = async (rest: string) => {
      const session = new AbortController();
      const proxy = await proxyTo(target, { plan: { signal: session.signal } });
      const { heard, end } = await join(proxy);
      await sleep(50);
      session.abort();
      begun.at(-1)?.write(rest);
      await eventually(() => expect(end.code).toBeDefined());
      return [end.code, heard];
    };
    expect(await endOf('')).toEqual([1006, []]);
    // A machine that is busy for longer than the patience with a frame cuts this one too.
    const ends = [await endOf('llo'), await endOf('llo'), await endOf('llo')];
    expect(ends).toContainEqual([4401, ['hello']]);
    for (const [code, heard] of ends) expect(heard).toEqual(code === 4401 ? ['hello'] : []);
  });

  it('end with 1001 when the gateway goes', async () => {
    const { target } = await echoing();
    const proxy = await startProxy([target], { drainDeadlineMs: 5_000 });
    const { end } = await join(proxy);
    const startedMs = performance.now();
    await proxy.close();
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    await eventually(() => expect(end).toEqual({ code: 1001, reason: 'GOING_AWAY' }));

    const leaving = new AbortController();
    const other = await proxyTo(target, { plan: { signal: leaving.signal } });
    const peer = await join(other);
    leaving.abort('going-away');
    await eventually(() => expect(peer.end.code).toBe(1001));
  });

  it('end when either side ends, or when both are silent for too long', async () => {
    const { target, server, closed } = await echoing();
    const proxy = await proxyTo(target, { route: { timeouts: { connectMs: 500, headersMs: 500, idleMs: 400 } } });
    const [quiet, left, right] = [await join(proxy), await join(proxy), await join(proxy)];
    left.socket.terminate();
    await eventually(() => expect(closed).toEqual([1006]));
    [...server.clients].at(-1)?.terminate();
    await eventually(() => expect(right.end.code).toBe(1006));
    await eventually(() => expect(quiet.end.code).toBe(1001));
  });

  it('refused by the upstream: its answer passes through', async () => {
    const { target } = await echoing();
    const proxy = await proxyTo(target);
    const refusal = await new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/refused`);
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, answer) => {
        answer
          .setEncoding('utf8')
          .on('data', (text: string) => resolve(`${answer.statusCode} ${answer.headers['x-why'] as string} ${text}`));
      });
    });
    expect(refusal).toBe('403 x not you');
    for (const [path, status] of [
      ['/broken', 502],
      ['/a//b', undefined],
    ] as const) {
      const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}${path}`);
      const failure = await new Promise<Error>((resolve) => socket.on('error', resolve));
      if (status) expect(failure.message).toContain(String(status));
    }
  });

  it('are opened by nothing but a handshake', async () => {
    const { target, asked } = await echoing();
    const proxy = await proxyTo(target);
    const good = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const bad: { method?: string; headers: Record<string, string> }[] = [
      { method: 'POST', headers: good },
      { headers: { ...good, upgrade: 'h2c' } },
      { headers: { ...good, 'sec-websocket-version': '12' } },
      { headers: { ...good, 'sec-websocket-key': 'short' } },
      { headers: { ...good, 'content-length': '5' } },
      { headers: { ...good, 'transfer-encoding': 'chunked' } },
    ];
    for (const options of bad) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        ask(`${proxy.url}/`, { ...options, agent: false }, (answer) => resolve(answer.resume().statusCode))
          .on('upgrade', () => resolve(101))
          .on('error', reject)
          .end();
      });
      expect([options, status]).toEqual([options, 400]);
    }
    expect(asked).toEqual([]);
  });

  it('do not take 101 from an upstream for a connection that others use', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'));
    });
    closers.push(() => void server.close());
    const proxy = await proxyTo(`http://127.0.0.1:${await listen(server)}`);
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/`);
    await expect(new Promise((_resolve, reject) => socket.on('error', reject))).rejects.toThrow('200');
    expect(await (await fetch(proxy.url)).text()).toBe('no');
  });
});

describe('the end of a frame', () => {
  const frameOf = (length: number, masked: boolean) => {
    const head: number[] =
      length < 126
        ? [0x82, length]
        : length < 65_536
          ? [0x82, 126, length >> 8, length & 255]
          : [0x82, 127, 0, 0, 0, 0, ...u32(length)];
    if (masked) head[1] = (head[1] as number) | 0x80;
    return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0, 1), Buffer.alloc(length, 0x88)]);
  };
  const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];

  it('is found wherever the bytes are cut', () => {
    const lengths = fc.array(fc.constantFrom<number[]>(0, 1, 125, 126, 127, 300, 65_535, 65_536), {
      minLength: 1,
      maxLength: 3,
    });
    const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 15 }), fc.constant(10_000)), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(lengths, fc.boolean(), cuts, (sizes, masked, few) => {
        const frames = sizes.map((size) => frameOf(size, masked));
        const bytes = Buffer.concat(frames);
        let end = 0;
        const ends = frames.map((frame) => (end += frame.length));
        const boundary = new FrameBoundary();
        const found: number[] = [];
        const steps = [...few, 7_000];
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          at += boundary.take(bytes.subarray(at, at + (steps[n % steps.length] as number)), true);
          if (boundary.isAt) found.push(at);
        }
        expect(found).toEqual(ends);
        const whole = new FrameBoundary();
        expect([whole.take(bytes), whole.isAt]).toEqual([bytes.length, true]);
        expect([whole.take(bytes.subarray(0, -1)), whole.isAt]).toEqual([bytes.length - 1, false]);
      }),
      { numRuns: 60 },
    );
  });

  it('is followed by a close frame that fits', () => {
    expect([...closeFrame(4401, 'ok')]).toEqual([0x88, 4, 0x11, 0x31, 0x6f, 0x6b]);
    expect(closeFrame(1001, 'x'.repeat(500)).length).toBe(127);
  });
});
