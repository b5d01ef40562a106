import { ERROR_CODES } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedIn } from '../../test/administrators.js';
import { aGateway } from '../../test/federation-world.js';
import { type Ask, type RunningAuth, startAuth } from '../../test/start-auth.js';

const person = { email: 'ada@example.test', password: 'difference engine' };

/** A body that each route would take. */
const BODIES: Record<string, Record<string, unknown>> = {
  '/api/v1/auth/signup': person,
  '/api/v1/auth/register': person,
  '/api/v1/auth/signin': { ...person, remember_me: true, device_name: 'desk', session_choice: 'c'.repeat(64) },
  '/api/v1/auth/refresh': { refresh_token: `${'a'.repeat(64)}.${'A'.repeat(43)}` },
  '/api/v1/auth/signout': { refresh_token: `${'a'.repeat(64)}.${'A'.repeat(43)}` },
  '/api/v1/auth/password/forgot': { email: person.email },
  '/api/v1/auth/password/reset': { token: 'A'.repeat(43), password: person.password },
  '/api/v1/auth/email/resend': { email: person.email },
  '/api/v1/auth/email/verify': { token: 'A'.repeat(43) },
  '/api/v1/auth/account/restore': { token: 'A'.repeat(43) },
};
const ROUTES = [
  ...Object.keys(BODIES).map((path) => ['POST', path] as const),
  ['POST', '/api/v1/auth/verify'],
  ['GET', '/api/v1/auth/verify'],
  ['GET', '/api/v1/auth/csrf'],
  ['GET', '/api/v1/auth/me'],
  ['PATCH', '/api/v1/auth/me'],
  ['GET', '/api/v1/auth/me/session-policy'],
  ['PATCH', '/api/v1/auth/me/session-policy'],
  ['GET', '/api/v1/auth/activity'],
  ['POST', '/api/v1/auth/password/change'],
  ['POST', '/api/v1/auth/email/change'],
  ['POST', '/api/v1/auth/account/export'],
  ['GET', `/api/v1/auth/account/export/${'A'.repeat(43)}`],
  ['GET', '/api/v1/sessions'],
  ['GET', '/api/v1/sessions/current'],
  ['DELETE', '/api/v1/sessions'],
  ['DELETE', `/api/v1/sessions/${'b'.repeat(64)}`],
  ['GET', `/api/v1/sessions/${'b'.repeat(64)}`],
  ['PATCH', `/api/v1/sessions/${'b'.repeat(64)}`],
  ['GET', `/api/v1/sessions/${'b'.repeat(64)}/activity`],
  ['POST', '/api/v1/sessions/revoke'],
  ['GET', '/api/v1/sessions?active=false'],
  ['GET', '/api/v1/revocations/0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00'],
  ['POST', '/api/v1/revocations/receipts'],
  ['POST', '/api/v1/sessions/activity'],
  ['GET', '/api/v1/admin/validators'],
  ['GET', '/api/v1/auth/jwks'],
  ['GET', '/.well-known/key-bundle.jws'],
  ['GET', '/health'],
  ['GET', '/nothing/here'],
] as const;

/** No field of any body takes these. */
const WRONG: readonly unknown[] = [0, null, [], {}, ['a'], { $ne: null }, { toString: 'x' }];
/** Texts that no address, password, name or device may be. */
const WRONG_TEXTS = ['\ud800', 'x'.repeat(300), ''];
const HOSTILE = [
  '{',
  '{"email":',
  '[]',
  'null',
  '"text"',
  '1',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{}}}',
];

describe('no request makes the service answer 5xx or show its inside (R11)', () => {
  let auth: RunningAuth;
  let token: string;
  beforeAll(async () => {
    auth = await startAuth();
    await auth.ask('POST', '/api/v1/auth/signup', { body: person });
    token = (await auth.ask('POST', '/api/v1/auth/signin', { body: person })).body.data.access_token as string;
  });
  afterAll(() => auth.close());

  async function holdsUp(method: string, path: string, ask: Ask): Promise<number> {
    const { status, body, text } = await auth.ask(method, path, ask);
    const what = JSON.stringify([method, path, ask]).slice(0, 300);
    expect([what, status < 500]).toEqual([what, true]);
    expect(text).not.toMatch(/\n\s+at |node_modules|SELECT |ER_[A-Z]|SQLITE_|TypeORM|QueryFailed/);
    if (status >= 400) {
      expect(body.success).toBe(false);
      expect(ERROR_CODES).toContain(body.error.code);
    }
    return status;
  }

  it.each(ROUTES)('%s %s: a body that cannot be read', async (method, path) => {
    if (method === 'GET') return;
    for (const body of HOSTILE) {
      const status = await holdsUp(method, path, { token, body });
      if (path in BODIES) expect([body, status]).toEqual([body, 400]);
    }
  });

  it.each(Object.entries(BODIES))(
    'POST %s: a field that is wrong, missing or too many (A14, C18, C19)',
    async (path, sound) => {
      for (const name of Object.keys(sound)) {
        // What is no refresh token is answered as a useless one, whatever it looks like.
        const texts = name === 'refresh_token' ? [] : WRONG_TEXTS;
        for (const value of [...WRONG, ...texts]) {
          const status = await holdsUp('POST', path, { body: { ...sound, [name]: value } });
          expect([name, value, status]).toEqual([name, value, 400]);
        }
      }
      for (const extra of ['isAdmin', 'roles', '__proto', 'id']) {
        expect(await holdsUp('POST', path, { body: { ...sound, [extra]: true } })).toBe(400);
      }
    },
  );

  it.each(Object.keys(BODIES))('POST %s: another content type, charset or coding', async (path) => {
    const headers: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ];
    for (const one of headers) expect(await holdsUp('POST', path, { headers: one, body: '{}' })).toBe(415);
  });

  it.each(Object.keys(BODIES))('POST %s: a body over the limit (C21)', async (path) => {
    expect(await holdsUp('POST', path, { body: { email: 'x'.repeat(20_000) } })).toBe(413);
  });

  it.each(ROUTES)('%s %s: odd tokens, headers and queries', async (method, path) => {
    const tokens = ['', 'x', 'a.b.c', 'a'.repeat(10_000), `${token}x`, token.slice(0, -3), `${token}.${token}`];
    for (const odd of tokens) await holdsUp(method, path, { token: odd });
    for (const header of ['Basic YTpi', 'Bearer', `Bearer ${token}, Bearer ${token}`, 'bearer  x']) {
      await holdsUp(method, path, { headers: { authorization: header } });
    }
    for (const sessionId of ['', 'x', 'A'.repeat(64), '../../etc', "' OR 1=1 --", 'b'.repeat(64)]) {
      await holdsUp(method, path, { token, headers: { 'x-session-id': sessionId } });
    }
    for (const key of ['', ' ', 'x'.repeat(1_000), '\u00e9', randomHex(8)]) {
      await holdsUp(method, path, { token: 'x', headers: { 'idempotency-key': key } });
    }
    for (const query of ['?__proto__[x]=1', '?a[]=1&a[]=2', '?include_current=maybe', '?%00', '?limit=-1']) {
      await holdsUp(method, `${path}${query}`, { token: 'x' });
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('a path that cannot be a path', async () => {
    for (const path of [
      '/%',
      '/%00',
      '/api/v1/sessions/%2e%2e',
      `/api/v1/sessions/${'x'.repeat(5_000)}`,
      '//',
      '/api//v1',
    ]) {
      await holdsUp('DELETE', path, { token });
    }
  });

  it('refuses odd addresses for what they are', async () => {
    const odd = [
      ' ada@example.test',
      'ada@example.test ',
      'ada@example.test\r\nBcc: x@example.test',
      'ada\u200b@example.test',
      'ada\u202e@example.test',
      'a＠b@example.test',
      `${'a'.repeat(250)}@example.test`,
      'ada@localhost',
      'ada',
      '"ada"@example.test\u0000',
    ];
    for (const email of odd) {
      expect(await holdsUp('POST', '/api/v1/auth/signup', { body: { ...person, email } })).toBe(400);
    }
  });
});

interface DocumentedAnswer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: { readonly properties?: object } }>>;
}

interface DocumentedOperation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

const { paths } = JSON.parse(readFileSync(join(__dirname, '../../openapi.json'), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
};
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [], security = [], requestBody, responses }]) => ({
    method: method.toUpperCase(),
    path,
    takesJson: requestBody === undefined || 'application/json' in requestBody.content,
    isEnveloped: Object.entries(responses).some(
      ([status, { content }]) =>
        status.startsWith('2') && 'success' in (content?.['application/json']?.schema?.properties ?? {}),
    ),
    namesSession: parameters.some(({ name }) => name === 'X-Session-ID'),
    takesToken: security.some((need) => 'bearer' in need),
    told: responses['400']?.description,
  })),
);

describe('every route takes what its document names, and nothing else (A14, C19)', () => {
  const streamToken = randomHex(16);
  let auth: RunningAuth;
  let tokens: { readonly administrator: string; readonly gateway: string };
  beforeAll(async () => {
    auth = await startAuth({ REVOCATION_STREAM_TOKEN: streamToken });
    const [administrator, gateway] = [await signedIn(auth, ['user', 'admin']), await aGateway(auth)];
    tokens = { administrator: administrator.token, gateway: gateway.token };
  });
  afterAll(() => auth.close());

  function tokenFor(path: string): string {
    if (path.startsWith('/api/v1/internal/')) return tokens.gateway;
    const isReport = ['/api/v1/sessions/activity', '/api/v1/revocations/receipts'].includes(path);
    return isReport ? streamToken : tokens.administrator;
  }

  async function refuses(method: string, path: string, told: string | undefined, query: string, ask: Ask) {
    const target = path.replace(/\{\w+\}/g, 'a'.repeat(64)) + query;
    const { status, body, text } = await auth.ask(method, target, { token: tokenFor(path), ...ask });
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.details).toContainEqual({ field: 'isAdmin', rule: 'whitelistValidation' });
    expect(text).not.toContain('do-not-echo');
    expect(told).toContain('`VALIDATION_ERROR`');
  }

  // What takes JSON of no kind is asked below; to a GET nobody listens further than its head.
  it.each(OPERATIONS.filter(({ method, takesJson }) => method !== 'GET' && takesJson))(
    '$method $path: no other member of a body',
    ({ method, path, told }) => refuses(method, path, told, '', { body: { isAdmin: 'do-not-echo' } }),
  );

  it.each(OPERATIONS.filter(({ takesJson }) => !takesJson))(
    '$method $path: no JSON at all',
    async ({ method, path }) => {
      const answer = await auth.ask(method, path.replace(/\{\w+\}/g, 'a'), {
        token: tokenFor(path),
        body: { isAdmin: 'do-not-echo' },
      });
      expect([400, 404, 415]).toContain(answer.status);
      expect(answer.text).not.toContain('do-not-echo');
    },
  );

  it.each(OPERATIONS.filter(({ isEnveloped }) => isEnveloped))(
    '$method $path: no other parameter of a query',
    ({ method, path, told }) => refuses(method, path, told, '?isAdmin=do-not-echo', {}),
  );

  async function isToldOf(method: string, path: string, told: string | undefined, ask: Ask): Promise<string> {
    const { status, body } = await auth.ask(method, path.replace(/\{\w+\}/g, 'a'.repeat(64)), ask);
    expect(status).toBe(400);
    expect(told).toContain(`\`${body.error.code}\``);
    return body.error.code as string;
  }

  it.each(OPERATIONS.filter(({ namesSession }) => namesSession))(
    '$method $path: tells what it answers to an X-Session-ID that is none',
    async ({ method, path, told }) => {
      const ask = { token: tokenFor(path), headers: { 'x-session-id': 'zzz' } };
      expect(await isToldOf(method, path, told, ask)).toBe('INVALID_SESSION_ID');
    },
  );

  // That one gives browsers what goes with their cookie, and looks at nothing else.
  it.each(OPERATIONS.filter(({ path, takesToken }) => takesToken && path !== '/api/v1/auth/csrf'))(
    '$method $path: tells what it answers to two tokens',
    async ({ method, path, told }) => {
      const authorization = `Bearer ${tokenFor(path)}, Bearer ${tokenFor(path)}`;
      expect(await isToldOf(method, path, told, { headers: { authorization } })).toBe('VALIDATION_ERROR');
    },
  );

  it('and minds neither an empty body nor none', async () => {
    const { token } = await signedIn(auth);
    for (const ask of [{ token }, { token, body: {} }, { token, body: '' }]) {
      expect((await auth.ask('POST', '/api/v1/auth/verify', ask)).status).toBe(200);
      expect((await auth.ask('DELETE', '/api/v1/sessions', ask)).status).toBe(200);
    }
    expect((await auth.ask('POST', '/api/v1/auth/signout', { token, body: {} })).status).toBe(200);
  });

  it('leaves an account alone that a body with a password was to delete', async () => {
    const { token, password } = await signedIn(auth);
    expect((await auth.ask('DELETE', '/api/v1/auth/account', { token, body: { password } })).status).toBe(400);
    expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(200);
  });
});
