import { SystemClock } from '@gatehouse/kernel';
import type { ProviderSettings } from '@gatehouse/oidc';
import { aRoute, aTable } from '../../test/a-route.js';
import { ask, HANDSHAKE, NAVIGATION, OWN_SCRIPT, send } from '../../test/ask.js';
import { ORIGIN, startFront, type StartedFront } from '../../test/start-front.js';
import { Gate } from '../front/gate.js';
import { TrustedPeers } from '../front/trusted-peers.js';
import { ForwardAuth } from './forward-auth.js';

const SESSION = { kind: 'session', anyRole: [], allRoles: [] } as const;
const PROVIDER: ProviderSettings = {
  ...{ type: 'oidc', issuer: 'https://op.test', clientId: 'gw', bearerAudiences: [], scopes: ['openid'] },
  ...{ rolesClaim: 'roles', groupsClaim: 'groups', allowInsecure: false, timeoutMs: 1_000 },
  credential: { type: 'none' },
};

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
