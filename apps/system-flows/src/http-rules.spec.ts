import { eventually } from '@gatehouse/testing';
import type { AppProcess } from './harness/app-process.js';
import { somebody } from './harness/device.js';
import { faultIn, filled } from './harness/hostile.js';
import { type Answer, type Ask, codeOf, dataOf } from './harness/http.js';
import { type Operation, operationsOf } from './harness/openapi.js';
import { exchange, rawAsk } from './harness/raw-exchange.js';
import { itLogsNoSecret, System } from './harness/system.js';

const PAGE = 'https://shop.example';
const COOKIE = '__Host-sid_at';
/** Where services report: what is missing in the body is told first. */
const REPORTS = ['/api/v1/sessions/activity', '/api/v1/revocations/receipts'];
/** Among the operations, though nothing is there. */
const NOWHERE = '/no/such/route';
/** Whoever reaches for `__proto__` throws: an answer other than 500 shows that nobody does, in our code or below it (C20). */
const STRICT = { NODE_OPTIONS: '--disable-proto=throw' };

let system: System;
beforeAll(async () => {
  system = await System.start({ auths: 0, orders: 0 });
  await Promise.all([
    system.startAuth({ ...STRICT, COOKIE_MODE: 'on', PUBLIC_URL: 'https://auth.example', COOKIE_ORIGINS: PAGE }),
    system.startOrders({ ...STRICT, ACCESS_COOKIE: COOKIE, COOKIE_ORIGINS: PAGE }),
  ]);
}, 60_000);
afterAll(() => system.stop());

const TYPES = [
  'application/json; charset=utf-8',
  'text/plain; version=0.0.4; charset=utf-8',
  'text/event-stream; charset=utf-8',
  'application/jwk-set+json; charset=utf-8',
  // ASCII by its nature (RFC 7515 §9.2.1).
  'application/jose',
];

/** What is wrong with an answer, whatever was asked (R12, R13, R17). */
function faultOfForm({ status, headers, text }: Answer): string | undefined {
  const type = headers['content-type'];
  if (text !== '' && !TYPES.includes(type ?? '')) return `is of type ${type}`;
  if (headers['server'] ?? headers['x-powered-by'] ?? headers['via']) return 'tells what runs here';
  if (headers['x-content-type-options'] !== 'nosniff') return 'may be sniffed';
  if (headers['x-request-id'] === undefined) return 'has no name';
  if (status === 405 && !headers['allow']) return 'allows nothing';
  return undefined;
}

describe.each(['auth', 'orders'] as const)('%s', (name) => {
  let app: AppProcess;
  let operations: Operation[];
  let pid: number;
  beforeAll(async () => {
    app = (name === 'auth' ? system.auths : system.orders)[0]!;
    operations = await operationsOf(app);
    pid = app.pid;
  });
  const guarded = () => operations.filter(({ isGuarded }) => isGuarded);
  const pathOf = ({ path }: Operation) => filled(path, '0'.repeat(64));
  const patternOf = ({ path }: Operation) => new RegExp(`^${filled(path.replaceAll('.', '\\.'), '[^/]+')}$`);

  it('serves each path with the methods it documents, and names them where another is used (R12)', async () => {
    const faults: string[] = [];
    for (const path of new Set(operations.map(pathOf))) {
      // A fixed path may be one that a pattern matches as well.
      const documented = operations.filter((one) => patternOf(one).test(path)).map(({ method }) => method);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const answer = await app.ask(path, { method, headers: { 'x-canary': 'do-not-echo' } });
        const fault = faultOfForm(answer) ?? faultOfMethod(method, path === NOWHERE ? [] : documented, answer);
        if (fault) faults.push(`${method} ${path} ${fault} (${answer.status})`);
      }
    }
    expect(faults).toEqual([]);
  }, 60_000);

  function faultOfMethod(method: string, documented: readonly string[], answer: Answer): string | undefined {
    const { status, headers, text } = answer;
    if (text.includes('do-not-echo')) return 'sends the request back';
    if (method === 'HEAD' && text !== '') return 'has a body';
    if (documented.length === 0) return status === 404 ? undefined : 'is something';
    const tellsAll = documented.every((one) => headers['allow']?.split(', ').includes(one));
    if (method === 'OPTIONS') return status === 204 && tellsAll ? undefined : 'is mute';
    if (documented.includes(method) || (method === 'HEAD' && documented.includes('GET'))) {
      return status === 405 ? 'is not served' : undefined;
    }
    if (status !== 405 || (method !== 'HEAD' && codeOf(answer) !== 'METHOD_NOT_ALLOWED')) return 'is served';
    return tellsAll ? undefined : `allows ${headers['allow']}`;
  }

  it('takes a token in the header alone, not in the address, the body or a form (R1, R2)', async () => {
    const { accessToken } = await system.device();
    const faults: string[] = [];
    for (const operation of guarded()) {
      const asks: [string, Ask][] = [
        [`${pathOf(operation)}?access_token=${accessToken}&token=${accessToken}`, {}],
        [pathOf(operation), { headers: { 'x-access-token': accessToken, token: accessToken } }],
      ];
      if (operation.method !== 'GET') asks.push([pathOf(operation), { body: { access_token: accessToken } }]);
      for (const [path, ask] of asks) {
        const answer = await app.ask(path, { method: operation.method, ...ask });
        const told = [answer.status, codeOf(answer), answer.headers['www-authenticate']].join();
        // Where no token is needed to be understood, a field or a parameter that nobody asked for is refused as that.
        const isRefusedAsField = ask.headers === undefined && told === '400,VALIDATION_ERROR,';
        if (told !== '401,TOKEN_MISSING,Bearer realm="gatehouse"' && !isRefusedAsField)
          faults.push(`${operation.method} ${operation.path}: ${told}`);
      }
    }
    expect(guarded().length).toBeGreaterThan(3);
    expect(faults).toEqual([]);
  }, 60_000);

  it('refuses two Authorization headers, and two tokens in one, on every guarded route (R1, R2)', async () => {
    const [mine, other] = [await system.device(), await system.device()];
    const faults: string[] = [];
    // That one gives browsers what goes with their cookie, and looks at nothing else.
    for (const operation of guarded().filter(({ path }) => path !== '/api/v1/auth/csrf')) {
      for (const lines of [
        [`Authorization: Bearer ${mine.accessToken}`, `authorization: Bearer ${other.accessToken}`],
        [`Authorization: Bearer ${mine.accessToken}`, 'Authorization: Basic YTpi'],
        [`Authorization: Bearer ${mine.accessToken}, Bearer ${other.accessToken}`],
      ]) {
        const { status, headers } = await rawAsk(app.port, operation.method, pathOf(operation), lines);
        const isToldWhy = headers['www-authenticate'] === 'Bearer realm="gatehouse", error="invalid_request"';
        if (status === 400 && (isToldWhy || REPORTS.includes(operation.path))) continue;
        faults.push(`${operation.method} ${operation.path}: ${status} ${headers['www-authenticate']}`);
      }
    }
    expect(faults).toEqual([]);
  }, 60_000);

  it('is closed however a guarded path or its host is spelt (H4, C14)', async () => {
    const { path } = guarded().find(({ method, pathParameters }) => method === 'GET' && pathParameters.length === 0)!;
    for (const spelt of [
      `//${path.slice(1)}`,
      `/.${path}`,
      `/x/..${path}`,
      `/%2e${path}`,
      `${path}/`,
      `${path};a=b`,
      `${path}%00`,
      `${path}%20`,
      path.toUpperCase(),
      path.replaceAll('/', '\\'),
      path.replaceAll('/', '%2f'),
      `http://elsewhere.example${path}`,
      `http://${'user@'.repeat(3)}x${path}`,
    ]) {
      const lines = ['X-Original-URL: /health', 'X-Rewrite-URL: /health', 'X-Forwarded-Uri: /health', 'X-User-Id: 1'];
      const { status } = await rawAsk(app.port, 'GET', spelt, [...lines, 'X_User_Id: 1', 'Connection: authorization']);
      expect([spelt, [400, 401, 404].includes(status)]).toEqual([spelt, true]);
    }
    for (const host of ['localhost.', 'LOCALHOST', 'elsewhere.example', 'elsewhere.example:1', '']) {
      const [answer] = await exchange(app.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect([host, [400, 401].includes(answer?.status ?? 0)]).toEqual([host, true]);
    }
  });

  it('takes no second request out of one whose end is in doubt (R14, C26)', async () => {
    const smuggled = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
    const head = (...lines: string[]) => ['POST /health HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');
    for (const text of [
      `${head('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
      `${head('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\n${smuggled}`,
      `${head('Content-Length: 0', `Content-Length: ${smuggled.length}`)}${smuggled}`,
      `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${smuggled}`,
      `${head('Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`,
    ]) {
      const answers = await exchange(app.port, text);
      expect([text, answers.map(({ status }) => status)]).toEqual([text, [400]]);
    }
  });

  it('finds nothing in a prototype, wherever it is hidden (C20)', async () => {
    const { accessToken } = await system.device();
    const bodies = ['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '{"a":{"__proto__":{"x":1}}}'];
    const query = '?__proto__[x]=1&__proto__=1&constructor[prototype][x]=1&a[__proto__]=1';
    const headers = { cookie: `__proto__=x; constructor=x; ${COOKIE}[__proto__]=x`, 'x-__proto__': 'x' };
    for (const operation of operations) {
      for (const body of operation.method === 'GET' ? [undefined] : bodies) {
        const ask = { method: operation.method, token: accessToken, headers, body };
        const answer = await app.ask(`${filled(operation.path, '__proto__')}${query}`, ask);
        expect([operation.method, operation.path, body, faultIn(answer, undefined)]).toEqual([
          operation.method,
          operation.path,
          body,
          undefined,
        ]);
      }
    }
  }, 60_000);

  it('answers the longest and oddest that may be said as fast as the plainest (C25)', async () => {
    const [longBody, longHeader, tooLong] = [15_000, 12_000, 50_000];
    const to = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
    const signIn = (email: string): [string, Ask] => [
      '/api/v1/auth/signin',
      { method: 'POST', body: { email, password: 'x'.repeat(20) } },
    ];
    const agent = (text: string): [string, Ask] => ['/health', { headers: { 'user-agent': text } }];
    const odd = ['a@a.', '"\\ ', 'a-', '(((', 'é.', '.@', ' ,', '/', 'Mozilla/5.0 (', 'a=;', '%2e', '::'];
    const asks = odd.flatMap((text): [string, Ask][] => [
      ...[longBody, tooLong].map((length) => signIn(`${to(text, length)}!`)),
      ...[longHeader, tooLong].flatMap((length) => {
        const ascii = to(text.replace('é', 'e'), length);
        return [agent(ascii), [`/${encodeURIComponent(ascii).slice(0, length)}`, {}] as [string, Ask]];
      }),
      ['/health', { headers: { accept: to(`${text},application/problem+json;q=`.replace('é', 'e'), longHeader) } }],
      ['/health', { headers: { cookie: to(text.replace('é', 'e'), longHeader) } }],
      ['/health', { headers: { 'x-forwarded-for': to(text.replace('é', 'e'), longHeader) } }],
      ['/health', { headers: { authorization: `Bearer ${to(text.replace('é', 'e'), longHeader)}` } }],
      [
        '/health',
        {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': `${to(`application/json;${text}`.replace('é', 'e'), longHeader)}` },
        },
      ],
    ]);
    const slow: string[] = [];
    for (const [path, ask] of asks) {
      // The best of some: what other processes do meanwhile says nothing about ours.
      let bestMs = Infinity;
      for (let i = 0; i < 8 && bestMs >= 50; i++) {
        const answer = await app.ask(path, ask);
        expect(answer.status).toBeLessThan(500);
        bestMs = Math.min(bestMs, answer.tookMs);
      }
      if (bestMs >= 50) slow.push(`${bestMs} ms for ${path.slice(0, 40)} ${JSON.stringify(ask).slice(0, 80)}`);
    }
    expect(slow).toEqual([]);
  }, 120_000);

  it('is still the same process, and well', async () => {
    expect([app.pid, app.isRunning()]).toEqual([pid, true]);
    expect((await app.ask('/health')).status).toBe(200);
    expect(app.output()).not.toMatch(/"level":"(error|fatal)"|ERR_PROTO_ACCESS/);
  });
});

it('nobody is somebody else by saying so in a header (H1, C14)', async () => {
  const [mine, other] = [await system.device(), await system.device()];
  const orders = system.orders[0]!;
  const order = { method: 'POST', token: other.accessToken, body: { item: 'book', quantity: 1 } };
  expect((await orders.ask('/api/orders', order)).status).toBe(201);
  const { sub, sid } = JSON.parse(Buffer.from(other.accessToken.split('.')[1]!, 'base64url').toString()) as {
    readonly sub: string;
    readonly sid: string;
  };
  const names = ['X-User-Id', 'X_User_Id', 'x-user-id', 'X-Forwarded-User', 'X_Forwarded_User', 'X-Auth-Request-User'];
  const lines = [...names.map((name) => `${name}: ${sub}`), `X-Session-Id: ${sid}`, 'X-Roles: admin'];
  for (const connection of ['X-User-Id', 'Authorization']) {
    const authorization = `Authorization: Bearer ${mine.accessToken}`;
    const asked = [...lines, `Connection: ${connection}`, authorization];
    const { status, body } = await rawAsk(orders.port, 'GET', '/api/orders', asked);
    expect([status, JSON.parse(body)]).toEqual([200, { success: true, data: { orders: [], next_cursor: null } }]);
  }
});

describe('a browser that keeps its token in a cookie', () => {
  /** The cookie as a browser would send it, once somebody has signed in. */
  async function signedIn(): Promise<{ cookie: string; csrf: string }> {
    const person = somebody();
    await system.signUp(person);
    const body = { ...person, tokens_in: 'cookie' };
    const answer = await system.auth().ask('/api/v1/auth/signin', { method: 'POST', body, headers: { origin: PAGE } });
    const set = answer.headers['set-cookie'] as unknown as string[];
    const cookie = set.map((one) => one.split(';')[0] ?? '').find((one) => one.startsWith(`${COOKIE}=`)) ?? '';
    system.vault.add('an access token', cookie.slice(COOKIE.length + 1));
    return { cookie, csrf: dataOf<{ csrf_token: string }>(answer).csrf_token };
  }

  it('is known to other services by it, changes something from its own pages alone, and is known until it leaves', async () => {
    const { cookie, csrf } = await signedIn();
    const orders = system.orders[0]!;
    const read = (more: Ask = {}) => orders.ask('/api/orders', { headers: { cookie }, ...more });
    const place = (headers: Record<string, string>) =>
      orders.ask('/api/orders', {
        method: 'POST',
        body: { item: 'book', quantity: 1 },
        headers: { cookie, ...headers },
      });

    expect((await place({ origin: PAGE })).status).toBe(201);
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const refused = await place(headers as Record<string, string>);
      expect([headers, refused.status, codeOf(refused)]).toEqual([headers, 403, 'CSRF_FAILED']);
    }
    expect(dataOf<{ orders: unknown[] }>(await read()).orders).toHaveLength(1);
    const both = await read({ token: (await system.device()).accessToken });
    expect([both.status, codeOf(both)]).toEqual([400, 'VALIDATION_ERROR']);

    const leave = { method: 'POST', headers: { cookie, origin: PAGE, 'x-csrf-token': csrf } };
    expect((await system.auth().ask('/api/v1/auth/signout', leave)).status).toBe(200);
    await eventually(async () => expect(codeOf(await read())).toBe('SESSION_REVOKED'));
  });
});

itLogsNoSecret(() => system);
