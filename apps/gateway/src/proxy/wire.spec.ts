import { eventually } from '@gatehouse/testing';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { listen, startProxy, type ProxyOptions, type TestProxy } from '../../test/start-proxy.js';

/** What an upstream took for requests. */
interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly raw: string[];
  readonly body: string;
}

const seen: Seen[] = [];
const echo = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const { method, url, headers, rawHeaders: raw } = request;
    seen.push({ method, url, headers, raw, body: Buffer.concat(pieces).toString('latin1') });
    response.end(`saw ${url}`);
  });
});

let target: string;
const proxies: TestProxy[] = [];
const sockets: Socket[] = [];
const servers: (Server | TcpServer)[] = [];
beforeAll(async () => {
  target = `http://127.0.0.1:${await listen(echo)}`;
});
afterAll(() => {
  echo.close();
  echo.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function aProxy(options: ProxyOptions = {}, to = target): Promise<TestProxy> {
  const proxy = await startProxy([to], options);
  proxies.push(proxy);
  return proxy;
}

/** @returns its address; it is closed after the test, however that ends */
async function serve(upstream: Server | TcpServer): Promise<string> {
  upstream.on('connection', (socket: Socket) => sockets.push(socket));
  servers.push(upstream);
  return `http://127.0.0.1:${await listen(upstream)}`;
}

/** A client that says what it likes. */
class Raw {
  text = '';
  closed = false;
  readonly socket: Socket;

  constructor({ port }: TestProxy) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(this.socket);
    this.socket.setEncoding('latin1').on('data', (text: string) => (this.text += text));
    this.socket.on('error', () => undefined).on('close', () => (this.closed = true));
    this.socket.on('end', () => this.socket.end());
  }

  say(text: string): this {
    this.socket.write(Buffer.from(text, 'latin1'));
    return this;
  }

  until(pattern: RegExp): Promise<string> {
    return eventually(() => {
      if (!pattern.test(this.text)) throw new Error(`only: ${this.text}`);
      return this.text;
    });
  }

  async over(): Promise<string> {
    await eventually(() => expect(this.closed).toBe(true));
    return this.text;
  }
}

const statusesIn = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

describe('bytes of two minds (C26)', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

  it.each([
    [
      'a length and a coding',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a coding and a length',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['two lengths', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n${smuggled}`],
    [
      'the same length twice',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n${smuggled}`,
    ],
    ['a list of lengths', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 40\r\n\r\n${smuggled}`],
    ['a signed length', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde${smuggled}`],
    ['a length in hex', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde${smuggled}`],
    ['an unknown coding', `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'chunked before another coding',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a coding behind a vertical tab',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a space before the colon',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a folded coding',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a line that begins with a space', `POST / HTTP/1.1\r\nHost: x\r\n Content-Length: 40\r\n\r\n${smuggled}`],
    ['bare line feeds around a length', `POST / HTTP/1.1\nHost: x\nContent-Length: 0\n\n${smuggled}`],
    ['a bare carriage return in a header', `GET / HTTP/1.1\r\nHost: x\rX-User: 1\r\n\r\n${smuggled}`],
    ['a NUL in a header', `GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n${smuggled}`],
    [
      'a chunk size that lies in hex',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk size beyond all numbers',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk longer than it says',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcdef\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a bare line feed behind a chunk',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n${smuggled}`,
    ],
    ['no version', `GET /\r\n\r\n${smuggled}`],
    ['a version from the future', `GET / HTTP/3.7\r\nHost: x\r\n\r\n${smuggled}`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('are refused, and nothing of them reaches an upstream: %s', async (_what, bytes) => {
    const text = await new Raw(await aProxy()).say(bytes).over();
    expect(statusesIn(text).filter((status) => status < 400)).toEqual([]);
    expect(seen.map(({ url }) => url)).not.toContain('/smuggled');
    expect(seen).toEqual([]);
  });

  it('that are legal are read once and said anew: chunk extensions and trailers stay here', async () => {
    const client = new Raw(await aProxy()).say(
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-User\r\n\r\n' +
        `3;evil=1;y="z"\r\nabc\r\n2\r\nde\r\n0\r\nX-User: evil\r\n\r\n${smuggled}`,
    );
    await client.until(/saw \/smuggled/);
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ['/a', 'abcde'],
      ['/smuggled', ''],
    ]);
    expect(JSON.stringify(seen)).not.toContain('evil');
    expect(seen[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  });

  it('in the length of a GET stay its body', async () => {
    const client = new Raw(await aProxy()).say(
      `GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}GET /b HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    await client.until(/saw \/b/);
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ['/a', smuggled],
      ['/b', ''],
    ]);
  });

  it('in a coding that we would have to undo are refused, not sent on as something else', async () => {
    const coded = 'Connection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    const text = await new Raw(await aProxy()).say(`POST / HTTP/1.1\r\nHost: x\r\n${coded}`).until(/^HTTP/);
    expect([statusesIn(text), seen]).toEqual([[400], []]);
  });

  it('listed by Connection do not take the framing off', async () => {
    const client = new Raw(await aProxy()).say(
      `POST /a HTTP/1.1\r\nHost: x\r\nConnection: content-length, keep-alive\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    await client.until(/saw \/a/);
    expect(seen.map(({ url, body }) => [url, body])).toEqual([['/a', smuggled]]);
  });

  it('that no request may hold but the parser lets in are the client’s mistake: 4xx', async () => {
    for (const control of ['\x01', '\x7f', '\x0b']) {
      const text = await new Raw(await aProxy())
        .say(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: a${control}b\r\n\r\n`)
        .over();
      for (const status of statusesIn(text)) expect(status).toBe(400);
      expect(seen).toEqual([]);
    }
  });

  it.each([
    '/a/../admin',
    '/a//admin',
    '/%2e%2e/admin',
    '/a;/admin',
    '/a%2fadmin',
    '/a%00',
    'http://evil.example/admin',
    '*',
  ])('and paths of two minds reach nobody (H4): %s', async (path) => {
    const text = await new Raw(await aProxy())
      .say(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      .over();
    expect(statusesIn(text)).toEqual([400]);
    expect(seen).toEqual([]);
  });
});

it('sends on exactly the path that was matched and the query to the byte', async () => {
  const client = new Raw(await aProxy()).say('GET /%61/caf%c3%a9?q=%2e%2F;x[]=1&x[]=%fc HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.until(/saw/);
  expect(seen[0]?.url).toBe('/a/caf%C3%A9?q=%2e%2F;x[]=1&x[]=%fc');
});

it('shows an upstream one identity on the wire: ours (H1, C14)', async () => {
  const proxy = await aProxy({ plan: { identityHeaders: [['x-auth-user', '42']] } });
  await new Raw(proxy)
    .say(
      'GET / HTTP/1.1\r\nHost: x\r\nX-Auth-User: evil\r\nx-auth-user: evil\r\nX_Auth_User: evil\r\nX-AUTH_user: evil\r\n' +
        'Connection: close, x-auth-user, x-forwarded-for\r\nX-Forwarded-For: evil\r\nForwarded: for=evil\r\nCookie: __Host-gw=evil\r\n\r\n',
    )
    .over();
  expect(JSON.stringify(seen)).not.toContain('evil');
  expect(seen[0]?.raw.filter((_, at, all) => all[at - 1]?.toLowerCase() === 'x-auth-user')).toEqual(['42']);
  expect(seen[0]?.headers['x-forwarded-for']).toBe('192.0.2.7');
});

describe('bodies', () => {
  const large = { route: { bodyLimitBytes: 1_000 } };

  it('that say they are too large are refused unread: 413', async () => {
    const client = new Raw(await aProxy(large)).say('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\nabc');
    const text = await client.over();
    expect(text).toContain('"code":"PAYLOAD_TOO_LARGE"');
    expect([statusesIn(text), seen]).toEqual([[413], []]);
  });

  it('that turn out too large are stopped on the way, and the answer still arrives', async () => {
    const proxy = await aProxy(large);
    const client = new Raw(proxy).say('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let n = 0; n < 50; n += 1) client.say(`3e8\r\n${'x'.repeat(1_000)}\r\n`);
    const text = await client.until(/PAYLOAD_TOO_LARGE/);
    expect([statusesIn(text), seen]).toEqual([[413], []]);
    await client.over();
    await eventually(() =>
      expect(proxy.outcomes).toEqual([{ target, status: 413, attempts: 1, error: 'body-too-large' }]),
    );
  });

  it('are asked for only when an upstream is there to take them', async () => {
    const waiting = new Raw(await aProxy()).say(
      'POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
    );
    await waiting.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    waiting.say('abc');
    await waiting.until(/saw \/a/);
    expect(seen[0]).toMatchObject({ body: 'abc' });
    expect(seen[0]?.headers.expect).toBeUndefined();

    const refused = new Raw(await aProxy(large)).say(
      'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n',
    );
    expect(statusesIn(await refused.over())).toEqual([413]);
    const other = new Raw(await aProxy()).say('POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 3\r\n\r\n');
    expect(statusesIn(await other.until(/HTTP/))).toEqual([417]);
  });

  it('that stop in the middle are waited for only so long: 408', async () => {
    const proxy = await aProxy({ route: { timeouts: { connectMs: 500, headersMs: 5_000, idleMs: 200 } } });
    const client = new Raw(proxy).say('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
    expect(statusesIn(await client.over())).toEqual([408]);
  });

  it('of clients that leave end at the upstream too', async () => {
    let [came, gone] = [false, false];
    const upstream = createServer((request) => {
      request.on('data', () => (came = true)).on('close', () => (gone = true));
    });
    const proxy = await aProxy({}, await serve(upstream));
    const client = new Raw(proxy).say('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc');
    await eventually(() => expect(came).toBe(true));
    client.socket.destroy();
    await eventually(() => expect(gone).toBe(true));
    await eventually(() => expect(proxy.outcomes).toMatchObject([{ error: 'client-gone' }]));
  });

  it('refused early by an upstream: the answer arrives, and the connection takes no second request', async () => {
    const upstream = createServer((_request, response) => void response.writeHead(401).end('go away'));
    const proxy = await aProxy({}, await serve(upstream));
    const client = new Raw(proxy).say('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n');
    client.say('x'.repeat(1_000));
    await client.until(/go away/);
    const text = await client.say(`${'x'.repeat(9_000)}GET /second HTTP/1.1\r\nHost: x\r\n\r\n`).over();
    expect(text).toMatch(/connection: close/i);
    expect(statusesIn(text)).toEqual([401]);
  });
});

it('is heard by a client that goes on sending and reads only later', async () => {
  const upstream = createServer((_request, response) => void response.writeHead(401).end('go away'));
  const proxy = await aProxy({ route: { bodyLimitBytes: 100_000_000 } }, await serve(upstream));
  const client = new Raw(proxy);
  client.socket.pause();
  client.say(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n${'x'.repeat(4_000_000)}`);
  await eventually(() => expect(proxy.outcomes).toMatchObject([{ status: 401 }]));
  client.socket.resume();
  expect(statusesIn(await client.until(/go away/))).toEqual([401]);
});

describe('old and plain clients', () => {
  it('of HTTP/1.0 get an answer without pieces, ended by the end of the connection', async () => {
    const text = await new Raw(await aProxy()).say('GET /old HTTP/1.0\r\n\r\n').over();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.split('\r\n\r\n')[1]).toBe('saw /old');
  });

  it('that send many requests at once get as many answers, in order', async () => {
    const client = new Raw(await aProxy());
    client.say(Array.from({ length: 20 }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    const text = await client.until(/saw \/19/);
    expect([...text.matchAll(/saw \/(\d+)/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

it('keeps its connections to an upstream that closes them at will', async () => {
  let connections = 0;
  const upstream = createTcpServer((socket) => {
    connections += 1;
    let asked = 0;
    socket
      .on('error', () => undefined)
      .on('data', () => {
        asked += 1;
        // Says that it keeps the connection, and closes it the moment the answer is out.
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        if (asked === 2) socket.destroySoon();
      });
  });
  const proxy = await aProxy({}, await serve(upstream));
  for (let n = 0; n < 20; n += 1) expect(await (await fetch(proxy.url)).text()).toBe('ok');
  expect(connections).toBeGreaterThan(5);
});
