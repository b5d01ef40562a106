import { testFolder } from '@gatehouse/testing';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { type ExitCode, runGatewayCli } from './run-gateway-cli.js';

const TOP = join(__dirname, '../../../..');
const SECRET = 'hunter2-hunter2-hunter2';
const folder = testFolder('gateway-commands');
const file = join(folder, 'gateway.yaml');
writeFileSync(join(folder, 'key'), randomBytes(32).toString('base64'));
writeFileSync(
  file,
  `version: 1
server: { publicUrl: https://app.example }
auth:
  url: http://auth:8080
  clientId: gateway
  clientSecret: \${CLIENT_SECRET}
  issuer: https://auth.example
  trustAnchor: MFkw
providers:
  main: { type: oidc, issuer: https://id.example, clientId: app, credential: { type: secret, secret: "\${CLIENT_SECRET}" } }
session: { store: redis, url: redis://redis, keys: [file:key] }
upstreams:
  orders: { targets: [http://orders-1:8081, http://orders-2:8081] }
routes:
  - match: { path: /public/**, methods: [GET] }
    upstream: orders
    auth: none
  - match: { path: /api/orders/** }
    upstream: orders
    stripPrefix: /api
    auth: { anyRole: [orders-reader], maxAge: 15m }
    identity: headers
    timeout: { headers: 10s, idle: 0s }
  - match: { path: /api/** }
    upstream: orders
    bearer: accept
    onStoreDown: { stale: 30s }
`,
);
const env = { CLIENT_SECRET: SECRET };

const run = (...args: string[]): { code: ExitCode; out: string; err: string } => {
  let [out, err] = ['', ''];
  const code = runGatewayCli({ args, env, out: (text) => (out += text), err: (text) => (err += text) });
  expect(out + err).not.toContain('hunter2');
  return { code, out, err };
};
const explain = (...args: string[]) => run('explain', ...args, '--file', file);
const explained = (...args: string[]) => JSON.parse(explain(...args, '--json').out) as Record<string, unknown>;

describe('gateway check', () => {
  it('says in a few lines what a sound file means', () => {
    const { code, out } = run('check', file);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'gateway.yaml is sound',
        '  listens     0.0.0.0:8080, known as https://app.example',
        '  providers   main (for pages)',
        '  sessions    redis, end after 30 min untouched, 12 h at most',
        '  upstreams   orders (2)',
        '  routes      3, the rest is refused',
        '  for all     GET /public/**',
        '',
      ].join('\n'),
    );
  });

  it('ends with 1 and the list of what to mend, for people and for programs', () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(
      broken,
      readFileSync(file, 'utf8').replace('upstream: orders', 'upstream: \u001b[31morder').replace('30s', '30'),
    );
    const { code, out } = run('check', broken);
    expect([code, out.split('\n')[0]]).toEqual([1, 'broken.yaml cannot be used: 2 things to mend']);
    expect(out).toContain('  broken.yaml:16:5 routes[0].upstream: must be a name');
    expect(out).not.toContain('\u001b');
    const json = JSON.parse(run('check', broken, '--json').out) as { ok: boolean; faults: unknown[] };
    expect(json.ok).toBe(false);
    expect(json.faults).toContainEqual({
      path: ['routes', 0, 'upstream'],
      line: 16,
      column: 5,
      message: expect.stringContaining('must be a name'),
      text: expect.stringContaining('broken.yaml:16:5 routes[0].upstream: '),
    });
  });

  it('ends with 2 without a file, and on a command line that is none, which it does not repeat', () => {
    expect(run('check', join(folder, 'none.yaml'))).toMatchObject({
      code: 2,
      out: expect.stringContaining('none.yaml does not exist'),
    });
    for (const args of [
      [],
      ['chek'],
      ['check', 'a', 'b'],
      ['explain'],
      ['explain', 'GET'],
      ['explain', 'GET /x', '/x'],
      ['check', '--hunter2'],
    ]) {
      expect(run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('gateway check [file]') });
    }
    expect(run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('gateway explain METHOD TARGET') });
  });

  it('accepts each example and each converted set-up of the guides', () => {
    const blocks = ['from-spring-cloud-gateway.md', 'from-oauth2-proxy.md'].map((page) => {
      const text = readFileSync(join(TOP, 'docs/gateway', page), 'utf8');
      const whole = [...text.matchAll(/^```yaml\n(version: 1\n[\s\S]*?)^```$/gm)].map(([, block = '']) => block);
      expect([page, whole.length]).toEqual([page, 1]);
      return whole[0]!;
    });
    const examples = ['docker/gateway/gateway.yaml', 'docker/gateway/development.yaml'];
    for (const name of ['gateway-client-secret', 'oidc-client-secret', 'entra-client-secret']) {
      writeFileSync(join(folder, name), SECRET);
    }
    writeFileSync(join(folder, 'gateway-session-key'), randomBytes(32).toString('base64'));
    const path = join(folder, 'example.yaml');
    for (const text of [...blocks, ...examples.map((example) => readFileSync(join(TOP, example), 'utf8'))]) {
      // The secrets of a container are not on this machine.
      writeFileSync(path, text.replaceAll('file:/run/secrets/', 'file:'));
      const NODE_ENV = text.includes('localhost') ? 'development' : 'production';
      let out = '';
      const tell = (more: string) => void (out += more);
      const code = runGatewayCli({ args: ['check', path], env: { ...ofContainers, NODE_ENV }, out: tell, err: tell });
      expect([code, code === 0 ? '' : out]).toEqual([0, '']);
    }
  });
});

/** What the manifests around the examples set. */
const ofContainers = {
  PUBLIC_URL: 'https://app.example',
  AUTH_ISSUER: 'https://auth.example',
  AUTH_TRUST_ANCHOR: 'MFkw',
  GATEWAY_CLIENT_ID: 'gateway',
  GATEWAY_CLIENT_SECRET: SECRET,
  ENTRA_TENANT_ID: '8eaef023-2b34-4da1-9baa-8bc8c9d6a490',
  ENTRA_CLIENT_ID: 'b3c8ec5a-6a3f-4a53-8f0e-2e3a1d6a5c11',
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
  REDIS_URL: 'rediss://redis.example:6380',
};

describe('gateway explain', () => {
  it('tells people which route decides, what is asked of the caller, and what is sent where', () => {
    const { code, out } = explain('GET', '/api/orders/7?x=1', '--cookie-present');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'GET /api/orders/7?x=1 with a session cookie passes where the session allows it',
      '  /api/orders/** is more specific than /api/**.',
      '  The cookie must belong to a live session with one of the roles orders-reader; without, 403.',
      '  It takes a sign-in of at most 900 s ago; a page is sent to sign in again.',
      '  route      /api/orders/** (gateway.yaml:18)',
      '  upstream   orders: http://orders-1:8081, http://orders-2:8081 (least-requests)',
      '  sends      GET /orders/7?x=1',
      '             x-auth-user',
      '             x-auth-roles',
      '             x-auth-session',
      '  limits     connect 2 s, answer 10 s, idle no limit, body 100 MiB, 1 more attempt',
      '  store down 503 with Retry-After',
      '',
    ]);
  });

  it('tells programs the same', () => {
    expect(explained('get', '/api/%61?x')).toEqual({
      request: { method: 'GET', target: '/api/%61?x', cookie: false },
      outcome: 'sign-in',
      status: 401,
      because: expect.arrayContaining([
        'Read as /api/a.',
        'Only /api/** takes the path.',
        'A session is needed, and there is no cookie.',
      ]),
      route: { id: '/api/**', pattern: '/api/**', methods: [], index: 2, considered: ['/api/**'] },
      upstream: {
        name: 'orders',
        balance: 'least-requests',
        targets: ['http://orders-1:8081', 'http://orders-2:8081'],
      },
      sends: { request: 'GET /api/a?x', identity: ['authorization: Bearer <access token of the auth service>'] },
      limits: { connectMs: 2_000, headersMs: 30_000, idleMs: 60_000, bodyBytes: 104_857_600, retries: 1 },
      onStoreDown: 'stale, decisions of at most 30 s ago',
      place: 'gateway.yaml:24',
    });
    expect(explained('POST', '/api/x', '--cookie-present')['because']).toContain(
      'Our own pages must have sent it (Sec-Fetch-Site, Origin or X-CSRF: 1); otherwise 403.',
    );
    expect(explained('GET', '/public/x')).toMatchObject({
      outcome: 'forwarded',
      because: ['Only /public/** takes the path.', 'Everybody may pass.'],
    });
    expect(explained('GET', '/_gw/login')).toMatchObject({ outcome: 'own' });
  });

  it.each([
    ['GET', '/elsewhere', 404, 'No route takes the path'],
    ['DELETE', '/public/x', 405, 'takes GET, HEAD only'],
    ['GET', '/public/%2e%2e/api', 400, 'ENCODED_DOT'],
    ['GET', 'https://evil.example/api', 400, 'FOREIGN_HOST'],
    ['GET', `/${'a'.repeat(9_000)}`, 414, 'TOO_LONG'],
  ])('ends with 1 where the request is refused: %s %s', (method, target, status, why) => {
    const { code, out } = explain(method, target, '--json');
    expect(code).toBe(1);
    const { outcome, because, ...rest } = JSON.parse(out) as { outcome: string; because: string[]; status: number };
    expect([outcome, rest.status, because.join(' ').includes(why)]).toEqual(['refused', status, true]);
  });
});
