import { SystemClock } from '@gatehouse/kernel';
import type { ProviderSettings } from '@gatehouse/oidc';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { aRoute, aTable } from '../../test/a-route.js';
import { ask, HANDSHAKE, NAVIGATION, OWN_SCRIPT, send } from '../../test/ask.js';
import { ORIGIN, startFront, type StartedFront } from '../../test/start-front.js';
import { Gate } from '../front/gate.js';
import { IDENTITY_HEADERS } from '../front/identity-headers.js';
import { TrustedPeers } from '../front/trusted-peers.js';
import type { PathRules } from '../paths/canonical-path.js';
import { ForwardAuth } from './forward-auth.js';

const SESSION = { kind: 'session', anyRole: [], allRoles: [] } as const;
const PROVIDER: ProviderSettings = {
  ...{ type: 'oidc', issuer: 'https://op.test', clientId: 'gw', bearerAudiences: [], scopes: ['openid'] },
  ...{ rolesClaim: 'roles', groupsClaim: 'groups', allowInsecure: false, timeoutMs: 1_000 },
  credential: { type: 'none' },
};

interface TraefikExample {
  readonly http: {
    readonly middlewares: Readonly<
      Record<
        string,
        {
          readonly forwardAuth?: {
            readonly address: string;
            readonly trustForwardHeader: boolean;
            readonly authResponseHeaders: readonly string[];
          };
          readonly headers?: { readonly customRequestHeaders: Readonly<Record<string, string>> };
        }
      >
    >;
    readonly routers: Readonly<
      Record<string, { readonly rule: string; readonly service: string; readonly middlewares?: readonly string[] }>
    >;
    readonly services: Readonly<Record<string, unknown>>;
  };
}
const traefikExample = parse(
  readFileSync(join(__dirname, '../../../../examples/forward-auth/traefik.yaml'), 'utf8'),
) as TraefikExample;

describe('answers for proxies', () => {
  let front: StartedFront;

  beforeAll(async () => {
    const table = aTable(
      aRoute({ id: 'ANY /public', access: { kind: 'none' } }),
      aRoute({ id: 'ANY /admin', access: { ...SESSION, anyRole: ['admin'] }, identity: { kind: 'headers' } }),
      aRoute({ id: 'ANY /hooks', acceptBearer: true }),
      aRoute({ id: 'ANY /ws', webSocket: true }),
      aRoute({ id: 'GET /read' }),
      aRoute({ id: 'ANY /app' }),
    );
    front = await startFront({ op: PROVIDER }, table);
  });
  beforeEach(() => {
    front.sessions.isAway = false;
  });
  afterAll(() => front.close());

  const nginx = (path: string, method = 'GET') => ({ 'x-original-uri': path, 'x-original-method': method });
  const traefik = (path: string, method = 'GET') => ({ 'x-forwarded-uri': path, 'x-forwarded-method': method });
  const asked = (headers: Record<string, string>, path = '/_gw/auth') => ask(front.port, path, { headers });

  it.each([
    ['NGINX', nginx],
    ['Caddy and Traefik', traefik],
  ])('say who it is to %s, in every header of an identity, so that none of the client’s is left', async (_, by) => {
    const cookie = front.sessions.signIn({ userId: '42', roles: ['admin', 'user'] });
    const app = await asked({ ...by('/app/x?y=1'), cookie, 'x-auth-user': 'forged' });
    expect([app.status, app.headers['authorization'], app.headers['x-auth-user']]).toEqual([
      204,
      expect.stringMatching(/^Bearer at-of-/),
      '',
    ]);
    const admin = await asked({ ...by('/admin'), cookie });
    expect(admin.headers).toMatchObject({ 'x-auth-user': '42', 'x-auth-roles': 'admin,user', authorization: '' });
    const open = await asked({ ...by('/public'), authorization: 'Bearer forged' });
    expect([open.status, open.headers['authorization'], open.headers['x-auth-roles']]).toEqual([204, '', '']);
    const hook = await asked({ ...by('/hooks'), authorization: 'Bearer its.own' });
    expect([hook.status, hook.headers['authorization']]).toEqual([204, 'Bearer its.own']);
  });

  it('are 401 with the way to the login, or 403', async () => {
    const nobody = await asked({ ...nginx('/app/x'), ...NAVIGATION });
    expect([nobody.status, nobody.headers['x-login'], nobody.text]).toEqual([
      401,
      `${ORIGIN}/_gw/login?returnTo=%2Fapp%2Fx`,
      '',
    ]);
    const cookie = front.sessions.signIn({ roles: ['user'] });
    const refused = await asked({ ...nginx('/admin'), cookie });
    expect([refused.status, refused.headers['x-refused']]).toEqual([403, 'FORBIDDEN']);
    const forged = await asked({ ...nginx('/app', 'POST'), cookie, 'sec-fetch-site': 'cross-site' });
    expect([forged.status, forged.headers['x-refused']]).toEqual([403, 'CSRF_FAILED']);
    expect((await asked({ ...nginx('/app', 'POST'), cookie, 'x-csrf': '1' })).status).toBe(204);
    expect((await asked({ ...nginx('/read', 'DELETE'), cookie })).status).toBe(403);
    expect((await asked({ ...nginx('/nowhere'), cookie })).status).toBe(403);
  });

  it('redirect a browser where the proxy can hand that on, and nobody else', async () => {
    const page = await asked({ ...traefik('/app/x'), ...NAVIGATION }, '/_gw/auth?login=redirect');
    expect([page.status, page.headers.location]).toEqual([302, `${ORIGIN}/_gw/login?returnTo=%2Fapp%2Fx`]);
    expect((await asked({ ...traefik('/app/x'), ...OWN_SCRIPT }, '/_gw/auth?login=redirect')).status).toBe(401);
  });

  it('are 503 while it cannot be told (F37)', async () => {
    const cookie = front.sessions.signIn();
    front.sessions.isAway = true;
    const answer = await asked({ ...nginx('/app'), cookie, ...NAVIGATION }, '/_gw/auth?login=redirect');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  it.each([
    ['no address', { 'x-original-method': 'GET' }],
    ['no method', { 'x-original-uri': '/public' }],
    ['two addresses that differ', { ...nginx('/admin'), 'x-forwarded-uri': '/public' }],
    ['two methods that differ', { ...nginx('/app', 'POST'), 'x-forwarded-method': 'GET' }],
    ['a whole address', nginx('http://evil.test/public')],
    ['no path', nginx('public')],
    ['a path of our own', nginx('/_gw/session')],
    ['dots', nginx('/public/../admin')],
    ['hidden dots', nginx('/public/%2e%2e/admin')],
    ['a hidden slash', nginx('/public%2f..%2fadmin')],
    ['a method that is none', nginx('/public', 'get')],
  ])('are 403 for %s (C14)', async (_, headers) => {
    expect((await asked({ ...headers, cookie: front.sessions.signIn({ roles: ['admin'] }) })).status).toBe(403);
  });

  it('are 403 for an address that was said twice (C14)', async () => {
    const lines = ['Host: app.test', 'X-Original-URI: /public', 'X-Original-URI: /admin', 'X-Original-Method: GET'];
    const answer = await send(
      front.port,
      `GET /_gw/auth HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('let pages of others open no WebSocket', async () => {
    const cookie = front.sessions.signIn();
    const handshake = { ...nginx('/ws'), cookie, 'sec-websocket-key': HANDSHAKE['sec-websocket-key'] };
    expect((await asked({ ...handshake, origin: 'https://evil.test' })).status).toBe(403);
    expect((await asked({ ...handshake, origin: ORIGIN })).status).toBe(204);
    expect((await asked({ ...handshake, ...nginx('/app'), origin: ORIGIN })).status).toBe(403);
    // A proxy may keep the handshake to itself; what the browser says of it is enough.
    const told = { ...nginx('/ws'), cookie, 'sec-fetch-mode': 'websocket' };
    expect((await asked({ ...told, origin: 'https://evil.test' })).status).toBe(403);
    expect((await asked({ ...told, origin: ORIGIN })).status).toBe(204);
  });

  describe('to Traefik, set up as in the example', () => {
    const { middlewares, routers, services } = traefikExample.http;
    const { forwardAuth } = middlewares['signed-in']!;
    const identity = {
      'X-Auth-User': 'root',
      'X-Auth-Roles': 'admin',
      'X-Auth-Session': 's',
      Authorization: 'Bearer x',
    };

    /** What Traefik 3 asks about a request (`pkg/middlewares/auth/forward.go`), and what the service gets: it is in no package of Debian. */
    const through = async (method: string, uri: string, headers: Record<string, string> = {}) => {
      const { address, authResponseHeaders } = forwardAuth!;
      const { pathname, search } = new URL(address);
      const spellings = middlewares['one-spelling']!.headers!.customRequestHeaders;
      const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => spellings[name] !== ''));
      const own = {
        For: '203.0.113.7',
        Host: 'app.test',
        Method: method,
        Port: '443',
        Proto: 'https',
        Server: 't',
        Uri: uri,
      };
      const said = Object.entries(own).map(([name, value]) => [`X-Forwarded-${name}`, value]);
      // A client's own X-Forwarded-* are gone by then: trustForwardHeader.
      const clients = Object.entries(sent).filter(([name]) => !/^x-forwarded-/i.test(name));
      const answer = await ask(front.port, pathname + search, {
        headers: { 'X-Real-Ip': '203.0.113.7', ...Object.fromEntries([...clients, ...said]) },
      });
      const service = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
      for (const name of authResponseHeaders.map((one) => one.toLowerCase())) {
        const value = answer.headers[name];
        if (typeof value === 'string') service.set(name, value);
        else service.delete(name);
      }
      service.delete(middlewares['without-cookies']!.headers!.customRequestHeaders['Cookie'] === '' ? 'cookie' : '');
      return { status: answer.status, location: answer.headers.location, service };
    };

    it('tell the service who it is, and nothing a client says of itself (H1)', async () => {
      const cookie = front.sessions.signIn({ userId: '42', roles: ['admin'] });
      const underscored = Object.fromEntries(
        ['X_Auth_User', 'X-Auth_User', 'X_Auth-Roles', 'X_Auth_Session'].map((name) => [name, 'root']),
      );
      const app = await through('GET', '/app/x?y=1', { cookie, ...identity, ...underscored });
      expect([app.status, [...app.service]]).toEqual([
        204,
        expect.arrayContaining([['authorization', expect.stringMatching(/^Bearer at-of-/)]]),
      ]);
      for (const name of ['x-auth-user', 'x-auth-roles', 'x-auth-session']) expect(app.service.get(name)).toBe('');
      expect([...app.service.keys()].filter((name) => /_|cookie/.test(name))).toEqual([]);
      expect((await through('GET', '/admin', { cookie, ...identity })).service.get('x-auth-user')).toBe('42');
      const open = await through('GET', '/public', identity);
      expect([open.status, [...new Set(open.service.values())]]).toEqual([204, ['']]);
    });

    it('decide by where the request goes, whatever a client forwards', async () => {
      const cookie = front.sessions.signIn({ roles: ['admin'] });
      const pretends = { 'X-Forwarded-Uri': '/public', 'X-Forwarded-Method': 'GET' };
      expect((await through('DELETE', '/read', { cookie, ...pretends })).status).toBe(403);
      expect((await through('GET', '/app', pretends)).status).toBe(401);
      // Traefik hands on the pair it does not set itself; two that differ are believed neither.
      expect((await through('GET', '/admin', { cookie })).status).toBe(204);
      expect(
        (await through('GET', '/admin', { cookie, 'X-Original-Uri': '/public', 'X-Original-Method': 'GET' })).status,
      ).toBe(403);
      expect(
        (await through('POST', '/app', { cookie, ...OWN_SCRIPT, 'content-type': 'application/json' })).status,
      ).toBe(204);
      const page = await through('GET', '/app/x', NAVIGATION);
      expect([page.status, page.location]).toEqual([302, `${ORIGIN}/_gw/login?returnTo=%2Fapp%2Fx`]);
    });

    it('are asked for every request, and by Traefik alone', () => {
      expect(forwardAuth!.trustForwardHeader).toBe(false);
      expect(forwardAuth!.authResponseHeaders.map((name) => name.toLowerCase())).toEqual([...IDENTITY_HEADERS]);
      const spellings = IDENTITY_HEADERS.filter((name) => name.startsWith('x-')).flatMap((name) => {
        const [x, auth, what] = name.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1));
        return [`${x}_${auth}_${what}`, `${x}_${auth}-${what}`, `${x}-${auth}_${what}`];
      });
      expect(middlewares['one-spelling']!.headers!.customRequestHeaders).toEqual(
        Object.fromEntries(spellings.map((name) => [name, ''])),
      );
      expect(routers['gateway']!.rule).toContain('!Path(`/_gw/auth`)');
      expect(routers['orders']!.rule).toContain('!PathPrefix(`/_gw/`)');
      expect(routers['orders']!.middlewares).toEqual(['one-spelling', 'signed-in', 'without-cookies']);
      for (const { service, middlewares: used = [] } of Object.values(routers)) {
        expect([service in services, used.every((name) => name in middlewares)]).toEqual([true, true]);
      }
    });
  });

  it('let parameters through where the site does, and never two slashes, which the proxy would still send', async () => {
    const routes = aTable(aRoute({ id: 'ANY /', access: { kind: 'none' } }));
    const gate = new Gate(front.sessions, new SystemClock(), { origin: ORIGIN, cookieName: '__Host-gw' });
    const answersBy = (paths: PathRules) =>
      new ForwardAuth(gate, () => routes, new TrustedPeers(['10.0.0.1']), new URL(ORIGIN), paths);
    const lenient = answersBy({ semicolons: 'pass', emptySegments: 'merge' });
    const kindOf = async (by: ForwardAuth, path: string) => (await by.run('10.0.0.1', nginx(path))).kind;
    expect(await kindOf(lenient, '/public/a;v=1')).toBe('pass');
    expect(await kindOf(lenient, '/public/..;/admin')).toBe('refuse');
    expect(await kindOf(lenient, '/public//a')).toBe('refuse');
    expect(await kindOf(answersBy({}), '/public/a;v=1')).toBe('refuse');
    // Whatever takes all paths takes none of ours.
    for (const own of ['/_gw/session', '/%5fgw/logout', '/metrics']) expect(await kindOf(lenient, own)).toBe('refuse');
  });

  it('are for trusted proxies only', async () => {
    const routes = aTable(aRoute({ id: 'ANY /public', access: { kind: 'none' } }));
    const gate = new Gate(front.sessions, new SystemClock(), { origin: ORIGIN, cookieName: '__Host-gw' });
    const peers = new TrustedPeers(['10.0.0.0/8', '2001:db8::/32', '::1']);
    const answers = new ForwardAuth(gate, () => routes, peers, new URL(ORIGIN));
    const kindFor = async (peer: string | undefined) => (await answers.run(peer, nginx('/public'))).kind;
    for (const peer of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1', '::1']) expect(await kindFor(peer)).toBe('pass');
    for (const peer of ['11.1.2.3', '::ffff:11.1.2.3', '2001:db9::1', '', 'x', undefined]) {
      expect(await kindFor(peer)).toBe('not-asked');
    }
  });
});
