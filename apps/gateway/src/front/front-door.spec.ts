import { FakeClock } from '@gatehouse/kernel/testing';
import { Metrics, silentLogger } from '@gatehouse/observability';
import { eventually } from '@gatehouse/testing';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { aRoute, aTable } from '../../test/a-route.js';
import { ask, HANDSHAKE, NAVIGATION, OWN_SCRIPT, send } from '../../test/ask.js';
import { FakeSessions } from '../../test/fake-sessions.js';
import { LoginLoop } from '../login/login.errors.js';
import type { LoginWish } from '../login/login-wish.js';
import { Providers } from '../login/providers.js';
import { LoginStarter } from '../login/start-login.js';
import { Forwarder, type ForwardOutcome, type ForwardPlan } from '../proxy/forward.port.js';
import { FrontDoor } from './front-door.js';
import { FrontFigures } from './front-figures.js';
import { Gate } from './gate.js';
import { OpenRequests } from './open-requests.js';
import { RefusalAnswers } from './refusal-answers.js';
import { TrustedPeers } from './trusted-peers.js';

const ORIGIN = 'https://app.test';
const SESSION = { kind: 'session', anyRole: [], allRoles: [] } as const;

class RecordingForwarder extends Forwarder {
  readonly plans: ForwardPlan[] = [];
  fails = false;
  signals = 0;

  async forward(_request: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardOutcome> {
    this.plans.push(plan);
    if (this.fails) throw new Error('broken');
    if (plan.target.startsWith('/stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      await new Promise<void>((resolve) => plan.signal?.addEventListener('abort', () => resolve()));
      response.end(`data: ${String(plan.signal?.reason)}\n\n`);
    } else response.end('from upstream');
    return { status: 200, attempts: 1 };
  }

  async upgrade(_: IncomingMessage, socket: Duplex, _head: Buffer, plan: ForwardPlan): Promise<ForwardOutcome> {
    this.plans.push(plan);
    if (this.fails) throw new Error('broken');
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    return { status: 101, attempts: 1 };
  }

  async configure(): Promise<void> {
    return undefined;
  }

  async close(): Promise<void> {
    return undefined;
  }
}

class RecordingStarter extends LoginStarter {
  readonly wishes: LoginWish[] = [];
  failure: Error | undefined;

  override async run(wish: LoginWish): Promise<{ location: string; setCookie: string }> {
    this.wishes.push(wish);
    if (this.failure) throw this.failure;
    return { location: 'https://op.test/authorize?state=s', setCookie: '__Host-gw-login=x; Path=/' };
  }
}

const routes = aTable(
  aRoute({ id: 'ANY /public', access: { kind: 'none' }, webSocket: true, identity: { kind: 'none' } }),
  aRoute({ id: 'ANY /admin/danger', access: { ...SESSION, maxAuthAgeMs: 60_000, acr: 'aal2' }, provider: 'strong' }),
  aRoute({ id: 'ANY /admin', access: { ...SESSION, anyRole: ['admin', 'root'] }, identity: { kind: 'headers' } }),
  aRoute({ id: 'ANY /both', access: { ...SESSION, allRoles: ['a', 'b'] } }),
  aRoute({ id: 'ANY /hooks', csrf: false }),
  aRoute({ id: 'ANY /api', acceptBearer: true, stripPrefix: '/api' }),
  aRoute({ id: 'GET /read-only' }),
  aRoute({ id: 'ANY /ws', webSocket: true, webSocketOrigins: ['https://partner.test'] }),
  aRoute({ id: 'ANY /stream' }),
  aRoute({ id: 'ANY /app' }),
);

describe('the front door', () => {
  const clock = new FakeClock(Date.now());
  const open = new OpenRequests();
  const forwarder = new RecordingForwarder();
  let sessions: FakeSessions;
  let starter: RecordingStarter;
  let server: Server;
  let port: number;
  let door: FrontDoor;

  beforeEach(async () => {
    sessions = new FakeSessions();
    forwarder.plans.length = 0;
    forwarder.fails = false;
    const publicUrl = new URL(ORIGIN);
    const site = { publicUrl, loginCookie: 'x' };
    const providers = new Providers(new Map(), 'op');
    starter = new RecordingStarter(providers, {} as never, () => routes, clock, site, {} as never);
    door = new FrontDoor({
      gate: new Gate(sessions, clock, { origin: ORIGIN, cookieName: '__Host-gw' }),
      ...{ sessions, forwarder, open, clock, publicUrl, logger: silentLogger },
      refusals: new RefusalAnswers(starter, { publicUrl, clearingCookie: sessions.clearingCookie }),
      routes: () => routes,
      peers: new TrustedPeers(['127.0.0.1', '10.0.0.0/8']),
      ownCookies: ['__Host-gw'],
      own: (request, response) => response.end(`own ${request.url}`),
      isEnding: () => false,
      figures: new FrontFigures(new Metrics('gateway', { processFigures: false }), open),
    });
    server = createServer(door.handle).on('upgrade', door.upgrade);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const lastPlan = () => forwarder.plans.at(-1)!;
  const codeOf = ({ text }: { text: string }) => (JSON.parse(text) as { code: string }).code;

  describe('finds the way', () => {
    it.each(['/_gw/login?x=1', '/health', '/ready', '/metrics'])('hands %s to its own pages', async (path) => {
      expect((await ask(port, path)).text).toBe(`own ${path}`);
    });

    it('reads an escaped way to its own pages as what it is', async () => {
      expect((await ask(port, '/%5Fgw/logout')).text).toBe('own /_gw/logout');
    });

    it('sends exactly the path that was judged, without the prefix, and the query to the byte', async () => {
      const cookie = sessions.signIn();
      await ask(port, '/api/orders/%7Ejoe?q=%2f..//&&x', { headers: { cookie } });
      expect(lastPlan().target).toBe('/orders/~joe?q=%2f..//&&x');
      await ask(port, '/api', { headers: { cookie } });
      expect(lastPlan().target).toBe('/');
    });

    it.each([
      '/public/%2e%2e/admin',
      '/public/..%2fadmin',
      '/public/../admin',
      '/public//admin',
      '/public/;x/admin',
      '/public\\admin',
      '/public/%00',
    ])('refuses the ambiguous %s (H4)', async (path) => {
      const answer = await send(port, `GET ${path} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(forwarder.plans).toHaveLength(0);
    });

    it.each([
      ['a second Host', 'Host: app.test\r\nHost: evil.test'],
      ['a second Authorization', 'Host: app.test\r\nAuthorization: Bearer a\r\nauthorization: Bearer b'],
    ])('refuses %s', async (_, headers) => {
      const answer = await send(port, `GET /public HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    });

    it('takes no other host’s word for itself, in whatever form it comes (H3, H4)', async () => {
      const foreign = await send(
        port,
        'GET http://evil.test/public HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n',
      );
      expect(foreign).toMatch(/^HTTP\/1\.1 400 /);
      await ask(port, '/public', { headers: { host: 'evil.test', 'x-forwarded-host': 'evil.test' } });
      expect(lastPlan().client).toMatchObject({ host: 'app.test', proto: 'https' });
    });

    it('answers 404 where no route is, and 405 with the methods where another is', async () => {
      expect(codeOf(await ask(port, '/nowhere'))).toBe('NOT_FOUND');
      const answer = await ask(port, '/read-only', { method: 'POST' });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    });

    it('believes the addresses of trusted proxies only (H2)', async () => {
      await ask(port, '/public', { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.2.3' } });
      expect(lastPlan().client.address).toBe('203.0.113.9');
      await ask(port, '/public', { headers: { 'x-forwarded-for': '203.0.113.9, nonsense' } });
      expect(lastPlan().client.address).toBe('127.0.0.1');
    });
  });

  describe('knows who asks', () => {
    it('tells the upstream who it is, by the token of the auth service', async () => {
      await ask(port, '/app', { headers: { cookie: sessions.signIn({ sid: 'x' }), authorization: 'Bearer forged' } });
      expect(lastPlan().identityHeaders).toEqual([['authorization', expect.stringMatching(/^Bearer at-of-/)]]);
    });

    it('tells it in plain headers where the route says so, with nothing in them that could end a header', async () => {
      const cookie = sessions.signIn({ userId: '42', roles: ['admin', 'a,b', 'x\r\ny'] });
      await ask(port, '/admin', { headers: { cookie } });
      const headers = Object.fromEntries(lastPlan().identityHeaders);
      expect(headers).toMatchObject({ 'x-auth-user': '42', 'x-auth-roles': 'admin,a%2Cb,x%0D%0Ay' });
    });

    it('tells nothing of anybody on a route that asks for nobody', async () => {
      await ask(port, '/public', { headers: { cookie: sessions.signIn(), authorization: 'Bearer forged' } });
      expect(lastPlan().identityHeaders).toEqual([]);
    });

    it('hands a bearer on where the route takes one and no cookie speaks', async () => {
      await ask(port, '/api/x', { headers: { authorization: 'Bearer abc.def' } });
      expect(lastPlan().identityHeaders).toEqual([['authorization', 'Bearer abc.def']]);
      const cookie = sessions.signIn();
      await ask(port, '/api/x', { headers: { cookie, authorization: 'Bearer abc.def' } });
      expect(lastPlan().identityHeaders).toEqual([['authorization', expect.stringMatching(/^Bearer at-of-/)]]);
      for (const authorization of ['Basic YTpi', 'Bearer a b', 'Bearer ']) {
        expect((await ask(port, '/api/x', { headers: { authorization } })).status).toBe(401);
      }
    });

    it('asks for any one of some roles, or for all of them; 403 is never a redirect', async () => {
      const status = async (path: string, roles: string[]) =>
        (await ask(port, path, { headers: { ...NAVIGATION, cookie: sessions.signIn({ roles }) } })).status;
      expect(await status('/admin', ['user'])).toBe(403);
      expect(await status('/admin', ['root'])).toBe(200);
      expect(await status('/both', ['a'])).toBe(403);
      expect(await status('/both', ['b', 'a'])).toBe(200);
      expect(starter.wishes).toEqual([]);
    });

    it('refuses two session cookies rather than choosing one', async () => {
      const cookie = `${sessions.signIn()}; ${sessions.signIn()}`;
      const answer = await ask(port, '/app', { headers: { cookie } });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_ERROR']);
    });

    it('answers 503 while the session store is away, and sends nobody to a login (F37)', async () => {
      const cookie = sessions.signIn();
      sessions.isAway = true;
      for (const headers of [
        { ...NAVIGATION, cookie },
        { ...OWN_SCRIPT, cookie },
      ]) {
        const answer = await ask(port, '/app', { headers });
        expect([answer.status, answer.headers['retry-after'], answer.headers['set-cookie']]).toEqual([
          503,
          '1',
          undefined,
        ]);
      }
      expect(starter.wishes).toEqual([]);
      sessions.isAway = false;
      expect((await ask(port, '/app', { headers: { cookie } })).status).toBe(200);
    });
  });

  describe('sends to the login', () => {
    it('a browser that goes to a page, and remembers which', async () => {
      const answer = await ask(port, '/app/x?y=1', { headers: NAVIGATION });
      expect([answer.status, answer.headers.location]).toEqual([302, 'https://op.test/authorize?state=s']);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(starter.wishes).toEqual([{ provider: undefined, returnTo: '/app/x?y=1' }]);
    });

    it('an old browser by what it accepts, and takes a cookie away that leads nowhere', async () => {
      const answer = await ask(port, '/app', { headers: { accept: 'text/html', cookie: '__Host-gw=gone' } });
      expect(answer.status).toBe(302);
      expect(answer.cookies).toEqual(['__Host-gw=', '__Host-gw-login=x']);
    });

    it.each([
      ['a script', OWN_SCRIPT],
      ['an old script', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
      ['a program', { accept: '*/*' }],
      ['an image', { accept: 'image/*', 'sec-fetch-mode': 'no-cors' }],
    ])('not %s: 401 with the address of the login', async (_, headers) => {
      const answer = await ask(port, '/app', { headers });
      expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
      expect(answer.json()).toMatchObject({ code: 'TOKEN_MISSING', login: `${ORIGIN}/_gw/login`, status: 401 });
      expect(starter.wishes).toEqual([]);
    });

    it('not a form that was sent: a page says that it was not passed on', async () => {
      const answer = await ask(port, '/app', { method: 'POST', headers: { ...NAVIGATION, 'content-length': '0' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
      expect(answer.text).toContain('You are signed out');
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    });

    it('whoever must prove anew who they are, with the age and strength the route asks for (O8)', async () => {
      const old = sessions.signIn({ authTimeMs: clock.nowMs() - 61_000, acr: 'aal2' });
      expect((await ask(port, '/admin/danger', { headers: { ...NAVIGATION, cookie: old } })).status).toBe(302);
      expect(starter.wishes.at(-1)).toEqual({
        ...{ provider: 'strong', returnTo: '/admin/danger' },
        ...{ maxAgeSeconds: 60, acr: 'aal2' },
      });
      const weak = sessions.signIn({ authTimeMs: clock.nowMs(), acr: 'aal1' });
      const answer = await ask(port, '/admin/danger', { headers: { ...OWN_SCRIPT, cookie: weak } });
      expect(answer.status).toBe(403);
      const login = `${ORIGIN}/_gw/login?provider=strong&maxAge=60&acr=aal2`;
      expect(answer.json()).toMatchObject({ code: 'STEP_UP_REQUIRED', login });
      // Of whom nobody knows when they proved it, it was too long ago.
      const untold = sessions.signIn({ authTimeMs: undefined, acr: 'aal2' });
      expect((await ask(port, '/admin/danger', { headers: { ...OWN_SCRIPT, cookie: untold } })).status).toBe(403);
      const fresh = sessions.signIn({ authTimeMs: clock.nowMs(), acr: 'aal2' });
      expect((await ask(port, '/admin/danger', { headers: { cookie: fresh } })).status).toBe(200);
    });

    it('shows a page in place of another redirect when it goes round in circles (F36)', async () => {
      starter.failure = new LoginLoop();
      const answer = await ask(port, '/app', { headers: NAVIGATION });
      expect([answer.status, answer.headers.location]).toEqual([429, undefined]);
      expect(answer.text).toContain('Signing in does not stick');
      expect(answer.text).toContain(String(answer.headers['x-request-id']));
    });
  });

  describe('asks where a change comes from', () => {
    const attempt = async (headers: Record<string, string>, path = '/app', method = 'POST') => {
      const cookie = sessions.signIn();
      return (await ask(port, path, { method, headers: { ...headers, cookie, 'content-length': '0' } })).status;
    };

    it.each([
      ['no proof', {}],
      ['another site', { 'sec-fetch-site': 'cross-site' }],
      ['a sister site', { 'sec-fetch-site': 'same-site', origin: ORIGIN }],
      ['two answers', { 'sec-fetch-site': 'same-origin, cross-site' }],
      ['another origin', { origin: 'https://evil.test' }],
      ['no origin to speak of', { origin: 'null' }],
      ['an origin that begins like ours', { origin: `${ORIGIN}.evil.test` }],
      ['the header with another value', { 'x-csrf': '0' }],
    ])('refuses a change with %s', async (_, headers) => {
      expect(await attempt(headers)).toBe(403);
      expect(await attempt(headers, '/app', 'DELETE')).toBe(403);
      expect(forwarder.plans).toHaveLength(0);
    });

    it.each([
      ['from our own pages', { 'sec-fetch-site': 'same-origin' }],
      ['by the person', { 'sec-fetch-site': 'none' }],
      ['from our own origin', { origin: ORIGIN }],
      ['with a header that takes a preflight', { 'x-csrf': '1' }],
    ])('lets a change through %s', async (_, headers) => {
      expect(await attempt(headers)).toBe(200);
    });

    it('lets reading through, and changes where the route does not ask', async () => {
      expect(await attempt({ 'sec-fetch-site': 'cross-site' }, '/app', 'GET')).toBe(200);
      expect(await attempt({}, '/hooks')).toBe(200);
      expect((await ask(port, '/public', { method: 'POST', headers: { 'content-length': '0' } })).status).toBe(200);
    });
  });

  describe('opens WebSockets', () => {
    const handshake = async (path: string, headers: Record<string, string>) => {
      const lines = Object.entries({ host: 'app.test', ...HANDSHAKE, ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
      const answer = await send(port, `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      return Number(answer.split(' ')[1]);
    };

    it('for our own pages and the origins of the route, with a session', async () => {
      const cookie = sessions.signIn();
      expect(await handshake('/ws', { cookie, origin: ORIGIN })).toBe(101);
      expect(await handshake('/ws', { cookie, origin: 'https://partner.test' })).toBe(101);
      expect(await handshake('/public', {})).toBe(101);
    });

    it.each([
      ['another site', { origin: 'https://evil.test' }],
      ['an unknown origin', { origin: 'null' }],
      ['no origin beside a cookie', {}],
    ])('not for %s', async (_, headers) => {
      expect(await handshake('/ws', { cookie: sessions.signIn(), ...headers })).toBe(403);
      expect(forwarder.plans).toHaveLength(0);
    });

    it('not for a foreign page on an open route either: the upstream may have cookies of its own', async () => {
      expect(await handshake('/public', { origin: 'https://evil.test' })).toBe(403);
    });

    it('not without a session, on a route without WebSockets, on its own paths, or for another protocol', async () => {
      const cookie = sessions.signIn();
      expect(await handshake('/ws', { origin: ORIGIN })).toBe(401);
      expect(await handshake('/app', { cookie, origin: ORIGIN })).toBe(400);
      expect(await handshake('/_gw/session', { cookie, origin: ORIGIN })).toBe(404);
      expect(await handshake('/ws', { cookie, origin: ORIGIN, upgrade: 'h2c' })).toBe(400);
    });
  });

  describe('closes what is open', () => {
    const stream = (cookie: string) => ask(port, '/stream', { headers: { cookie } });

    it('when its session ends anywhere', async () => {
      const cookie = sessions.signIn();
      const reading = stream(cookie);
      await eventually(() => expect(open.size).toBe(1));
      sessions.endEverywhere(/gw=([^.]+)/.exec(cookie)![1]!);
      expect((await reading).text).toContain('session-ended');
      await eventually(() => expect(open.size).toBe(0));
      expect((await stream(cookie)).status).toBe(401);
    });

    it('when its session runs out, though nobody revokes it', async () => {
      const reading = stream(sessions.signIn());
      await eventually(() => expect(open.size).toBe(1));
      open.endExpired(Date.now());
      expect(open.size).toBe(1);
      open.endExpired(Date.now() + 3_700_000);
      expect((await reading).text).toContain('session-ended');
    });
  });

  it('answers 500 for a fault of its own, and goes on', async () => {
    forwarder.fails = true;
    const answer = await ask(port, '/public');
    expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL_ERROR']);
    expect(answer.text).not.toContain('broken');
    forwarder.fails = false;
    expect((await ask(port, '/public')).status).toBe(200);
  });

  it('lets go of a connection whose upgrade failed', async () => {
    forwarder.fails = true;
    const lines = Object.entries({ host: 'app.test', ...HANDSHAKE }).map(([k, v]) => `${k}: ${v}\r\n`);
    expect(await send(port, `GET /public HTTP/1.1\r\n${lines.join('')}\r\n`)).toBe('');
  });

  it('begins nothing more once it is closed', async () => {
    door.close();
    const answer = await ask(port, '/public');
    expect([answer.status, answer.headers['retry-after'], answer.headers.connection]).toEqual([503, '1', 'close']);
    expect(forwarder.plans).toHaveLength(0);
  });

  it('does not read a body nobody wants', async () => {
    const answer = await send(port, 'POST /app HTTP/1.1\r\nHost: app.test\r\nContent-Length: 999999999\r\n\r\nxx');
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  });
});
