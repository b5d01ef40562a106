import { eventually, freePort } from '@gatehouse/testing';
import { chromium, type Browser } from 'playwright-core';
import WebSocket from 'ws';
import type { AppProcess } from './harness/app-process.js';
import type { Echo } from './harness/echo-upstream.js';
import { startCaddy } from './harness/caddy.js';
import { GatewaySite } from './harness/gateway-site.js';
import { type Answer, ask, codeOf } from './harness/http.js';
import { exchange } from './harness/raw-exchange.js';
import { WebBrowser } from './harness/web-browser.js';
import { LONGEST_MS } from './harness/prompt.js';

let site: GatewaySite;
let chrome: Browser;

beforeAll(async () => {
  site = await GatewaySite.start();
  chrome = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}, 120_000);
afterAll(async () => {
  await chrome?.close();
  await site?.stop();
});

/** What a page of ours would do; run by the browser. */
const PLACE_AN_ORDER = `(async () => {
  const body = JSON.stringify({ item: 'tea', quantity: 1 });
  const sent = await fetch('/api/orders', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const who = await (await fetch('/_gw/session')).text();
  return { status: sent.status, who, visible: document.cookie, stored: JSON.stringify({ ...localStorage }) };
})()`;

const SCRIPT = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' };
const viaNginx = (path: string, cookie: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(site.origin + path, { headers: { ...SCRIPT, cookie, ...headers } });

/** Values of a header as the upstream saw them, in whatever spelling. */
function told(echo: Echo, name: string): string[] {
  const spelling = (text: string) => text.toLowerCase().replaceAll('_', '-');
  return echo.rawHeaders.flatMap((text, i) =>
    i % 2 === 0 && spelling(text) === name ? [echo.rawHeaders[i + 1]!] : [],
  );
}

/** What a gateway has passed on so far, by its own figures. */
async function passedOn(gateway: AppProcess): Promise<number> {
  const { text } = await gateway.ask('/metrics');
  const counts = [...text.matchAll(/^gateway_requests_total\{[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

function webSocket(origin: string, cookie: string, address = `wss://localhost:${site.port}/ws/room`): WebSocket {
  return new WebSocket(address, { rejectUnauthorized: false, headers: { cookie, origin } });
}

const settled = (socket: WebSocket) =>
  new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.once('error', () => undefined);
  });

describe('two gateways behind NGINX, without sticky sessions', () => {
  it('sign somebody in, let them use a service and sign them out, in a browser nobody here wrote (O6, O10)', async () => {
    site.provider.people.choose(site.provider.people.add({ handle: 'ada' }));
    const context = await chrome.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const answer = await page.goto(`${site.origin}/api/orders`);
    expect(answer?.status()).toBe(200);
    expect(page.url()).toBe(`${site.origin}/api/orders`);

    const cookie = (await context.cookies(site.origin)).find(({ name }) => name === '__Host-gw');
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
    expect(cookie?.value).not.toMatch(/eyJ[\w-]+\.eyJ/);
    site.system.vault.add('the secret of a session cookie', cookie!.value.split('.')[1]!);

    // A page whose own policy lets it ask.
    await page.goto(`${site.origin}/public/page`);
    const placed = (await page.evaluate(PLACE_AN_ORDER)) as Record<'who' | 'visible' | 'stored', string> & {
      status: number;
    };
    expect(placed.status).toBe(201);
    expect(placed.visible + placed.stored + placed.who).not.toMatch(/__Host-gw|eyJ/);

    await page.goto(`${site.origin}/_gw/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.pathname === '/_gw/signed-out');
    expect(await page.textContent('h1')).toMatch(/signed out/i);
    expect((await context.cookies(site.origin)).map(({ name }) => name)).not.toContain('__Host-gw');
    await page.goto(`${site.origin}/public/page`);
    expect(await page.evaluate("fetch('/api/orders').then(({ status }) => status)")).toBe(401);
    await context.close();
  }, 60_000);

  it('both know every session, and one that is killed takes none along', async () => {
    const { cookie } = await site.signIn();
    const before = await Promise.all(site.gateways.map(passedOn));
    for (let i = 0; i < 12; i++) expect((await viaNginx('/api/orders', cookie)).status).toBe(200);
    const after = await Promise.all(site.gateways.map(passedOn));
    for (const [i, count] of after.entries()) expect(count).toBeGreaterThan(before[i]!);

    const [lost] = site.gateways;
    await lost!.kill();
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await viaNginx('/api/orders', cookie)).status);
    expect(statuses).toEqual(statuses.map(() => 200));
    await lost!.start();
    await site.settled();
    const back = { authorization: '', cookie, ...SCRIPT };
    expect((await lost!.ask('/api/orders', { headers: back })).status).toBe(200);
  }, 60_000);

  it('tell services who somebody is, whatever a client says of itself (H1, H2, H3, C14)', async () => {
    const { cookie, accessToken, sid } = await site.signIn();
    const lies = {
      Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.',
      'X-Auth-User': 'root',
      X_Auth_User: 'root',
      'x-auth_roles': 'admin',
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6;host=evil.example',
      'X-Original-URL': '/admin/',
      'X-Rewrite-URL': '/admin/',
      'X-HTTP-Method-Override': 'DELETE',
      // Said twice: a reader may take either.
      'X-Auth-Session': ['root', 'root'] as unknown as string,
      Connection: 'X-Forwarded-For, X-Auth-User, Cookie',
    };
    const direct = site.gateways[0]!.url;
    for (const origin of [site.origin, direct]) {
      const headers = { ...SCRIPT, cookie: `${cookie}; theirs=1`, ...lies };
      for (const path of ['/echo/a', '/named/a', '/public/a']) {
        const answer = await ask(origin + path, { headers });
        expect([origin, path, answer.status]).toEqual([origin, path, 200]);
        const echo = answer.json as Echo;
        expect(told(echo, 'authorization')).toEqual(path === '/echo/a' ? [`Bearer ${accessToken}`] : []);
        expect(told(echo, 'x-auth-session')).toEqual(path === '/named/a' ? [sid] : []);
        expect(told(echo, 'x-auth-user')).not.toContain('root');
        for (const name of ['x-real-ip', 'x-original-url', 'x-rewrite-url', 'x-http-method-override']) {
          expect([name, told(echo, name)]).toEqual([name, []]);
        }
        expect(told(echo, 'x-forwarded-host').join()).not.toContain('evil');
        expect(told(echo, 'forwarded').join()).not.toMatch(/evil/);
        expect(told(echo, 'cookie').join()).not.toContain('__Host-gw');
        // Nor does an upstream set our cookie.
        expect([answer.headers['set-cookie'] ?? []].flat().join()).not.toContain('__Host-gw=planted');
      }
    }
    const behind = (await viaNginx('/public/a', cookie, { 'X-Forwarded-For': '6.6.6.6' })).json as Echo;
    expect([told(behind, 'x-forwarded-for'), told(behind, 'x-forwarded-proto')]).toEqual([['127.0.0.1'], ['https']]);
  });

  it('let no path be read in two ways, and no bytes be two requests (H4, C26)', async () => {
    const { cookie } = await site.signIn();
    const gateway = site.gateways[0]!;
    const before = site.upstream.seen.length;
    const paths = [
      '/public/..%2fadmin/',
      '/public/%2e%2e/admin/',
      '/public/../admin/',
      '/public//admin/',
      '/public/..;/admin/',
      '/public/a%5c..%5cadmin',
      '/public/a\\..\\admin',
      '/public/a%00',
      '/public/%',
    ];
    const head = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    for (const path of paths) {
      const [direct] = await exchange(gateway.port, head(path));
      const [behind] = await exchange(site.port, head(path), { tls: true });
      expect([path, direct?.status, behind?.status]).toEqual([path, 400, 400]);
    }
    const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nHost: localhost\r\nX: x\r\n\r\n';
    const start = `POST /public/a HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n`;
    const bytes = [
      `${start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
      `${start}Transfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}Transfer-Encoding : chunked\r\nConnection: close\r\n\r\n0\r\n\r\n${smuggled}`,
      `${start}Content-Length: +4\r\n\r\nabcd${smuggled}`,
      `GET /public/a HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ];
    for (const [i, text] of bytes.entries()) {
      for (const [port, tls] of [
        [gateway.port, false],
        [site.port, true],
      ] as const) {
        const answers = await exchange(port, text, { tls });
        const statuses = answers.map(({ status }) => status);
        expect([i, tls, statuses.length, statuses.every((status) => status >= 400 && status < 502)]).toEqual([
          i,
          tls,
          1,
          true,
        ]);
      }
    }
    const reached = site.upstream.seen.slice(before).map(({ url }) => url);
    expect(reached).toEqual([]);
  });

  it('let no page of another site open a WebSocket or send a form, and upgrade to nothing else (B11)', async () => {
    const { cookie } = await site.signIn();
    expect(await settled(webSocket('https://evil.example', cookie))).toBe(403);
    const own = webSocket(site.origin, cookie);
    expect(await settled(own)).toBe(101);
    own.send('hello');
    expect(await new Promise((resolve) => own.once('message', (text) => resolve(String(text))))).toBe('hello');
    own.terminate();

    const foreign = { ...SCRIPT, cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const form = await ask(`${site.origin}/echo/a`, { method: 'POST', body: {}, headers: foreign });
    expect([form.status, codeOf(form) ?? (form.json as { code?: string }).code]).toEqual([403, 'CSRF_FAILED']);

    const before = site.upstream.seen.length;
    const h2c = ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
    const text = ['GET /public/h2c HTTP/1.1', 'Host: localhost', ...h2c, '', ''].join('\r\n');
    const [answer] = await exchange(site.port, text, { tls: true });
    expect(answer?.status).not.toBe(101);
    for (const echo of site.upstream.seen.slice(before)) expect(told(echo, 'upgrade')).toEqual([]);
  });

  it('lead nobody to another site after a login, whatever the link says (R8)', async () => {
    const wanted = [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      '/%2f%2fevil.example',
      '/%09/evil.example',
    ];
    wanted.push('javascript:alert(1)', 'https://localhost@evil.example/', '/echo/..//evil.example');
    for (const returnTo of wanted) {
      const browser = new WebBrowser(site.origin);
      await browser.go(`/_gw/login?returnTo=${encodeURIComponent(returnTo)}`);
      const origins = new Set(browser.visited.map((address) => new URL(address).origin));
      origins.delete(site.origin);
      origins.delete(site.provider.origin);
      expect([returnTo, [...origins]]).toEqual([returnTo, []]);
    }
  });

  it.each(['NGINX', 'Caddy'])(
    '%s that carries requests itself lets in whom the gateway lets in, and nobody else (H1, H3)',
    async (name) => {
      const port = await freePort();
      const echo = new URL(site.upstream.url).host;
      const isCaddy = name === 'Caddy';
      const proxy = isCaddy
        ? await startCaddy(site, port)
        : await site.startNginx('docker/nginx/auth-request.conf', port, { '127.0.0.1:8081': echo });
      const { cookie, accessToken, sid } = await site.signIn();
      const here = `https://localhost:${port}`;
      const tell = (path: string, headers: Readonly<Record<string, string>>) =>
        ask(here + path, { headers: { ...SCRIPT, ...headers } });
      /** What says something: a header that is there and empty says nothing. */
      const said = (seen: Echo, header: string) => told(seen, header).filter((value) => value !== '');

      const alias = { X_Auth_User: 'root', 'X-Auth_Session': 'root' };
      const spoofed = { 'X-Auth-User': 'root', 'X-Auth-Session': 'root', Authorization: 'Bearer x', ...alias };
      const letIn = await tell('/echo/a?b=c', { cookie, ...spoofed });
      expect(letIn.status).toBe(200);
      const seen = letIn.json as Echo;
      expect([seen.url, told(seen, 'authorization'), said(seen, 'x-auth-user'), told(seen, 'cookie')]).toEqual([
        '/echo/a?b=c',
        [`Bearer ${accessToken}`],
        [],
        [],
      ]);
      // What is asked about it has no body; the request keeps its own.
      const form = await ask(`${here}/echo/a`, { method: 'POST', body: {}, headers: { ...SCRIPT, cookie } });
      const sent = form.json as Echo;
      expect([form.status, sent.method, told(sent, 'content-length')]).toEqual([200, 'POST', ['2']]);
      const named = (await tell('/named/a', { cookie, ...spoofed })).json as Echo;
      expect([told(named, 'x-auth-session'), said(named, 'authorization')]).toEqual([[sid], []]);
      // Where nobody has to sign in, nobody is anybody.
      const open = (await tell('/public/a', spoofed)).json as Echo;
      for (const header of ['authorization', 'x-auth-user', 'x-auth-session'])
        expect([header, said(open, header)]).toEqual([header, []]);

      const nobody = await tell('/echo/a', spoofed);
      expect(nobody.status).toBe(401);
      if (!isCaddy) expect(nobody.headers['content-type']).toBe('application/problem+json');
      // A client that pretends to be the proxy is asked about where it goes, not about what it says (CVE-2026-40575).
      const pretends = { 'X-Forwarded-Uri': '/public/a', 'X-Original-URI': '/public/a', 'X-Forwarded-Method': 'GET' };
      expect((await tell('/echo/a', pretends)).status).toBe(401);
      expect((await tell('/admin/a', { cookie })).status).toBe(403);
      expect((await tell('/nowhere', { cookie })).status).toBe(403);
      for (const path of ['/_gw/auth', '/%5fgw/auth', '/_gw/auth?login=redirect', '/_gw/auth/']) {
        const about = { 'X-Original-URI': '/echo/a', 'X-Original-Method': 'GET' };
        const peeked = await tell(path, { cookie, ...about });
        expect([path, peeked.status, peeked.headers['authorization']]).toEqual([path, 404, undefined]);
      }
      const page = await ask(`${here}/echo/a`, { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } });
      expect([page.status, new URL(page.headers['location']!).pathname]).toEqual([302, '/_gw/login']);
      await proxy.stop();
    },
  );

  it('answer 503 while Redis is away, send nobody to sign in, and know everybody afterwards (F37)', async () => {
    const { cookie, browser } = await site.signIn();
    const leaving = await site.signIn();
    const { redis } = site.system;
    await redis.stop();
    // What was read a moment ago is good for that moment.
    for (const gateway of site.gateways) {
      const away = async () =>
        expect((await gateway.ask('/api/orders', { headers: { ...SCRIPT, cookie } })).status).toBe(503);
      await eventually(away, { timeoutMs: 5_000 });
    }
    const pages: Answer[] = [];
    for (let i = 0; i < 5; i++) pages.push(await browser.step('/api/orders'));
    const script = await viaNginx('/api/orders', cookie);
    for (const answer of [...pages, script]) {
      expect([answer.status, answer.headers['location'], answer.tookMs < LONGEST_MS]).toEqual([503, undefined, true]);
      expect([answer.headers['set-cookie'] ?? []].flat().join()).not.toContain('__Host-gw=;');
    }
    expect(Number(script.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // Somebody who is not signed in is told as well, and not sent in circles.
    const stranger = new WebBrowser(site.origin);
    expect((await stranger.go('/api/orders')).status).toBe(503);
    expect(stranger.visited.length).toBeLessThan(4);

    const signOut = { method: 'POST', token: leaving.accessToken };
    expect((await site.system.auth().ask('/api/v1/auth/signout', signOut)).status).toBe(200);

    await redis.start();
    for (const gateway of site.gateways) {
      const known = async () =>
        expect((await gateway.ask('/api/orders', { headers: { ...SCRIPT, cookie } })).status).toBe(200);
      await eventually(known, { timeoutMs: 20_000 });
    }
    // Redis has kept the session of somebody who signed out meanwhile; nobody is let in by it.
    for (const gateway of site.gateways) {
      const over = async () =>
        expect((await gateway.ask('/api/orders', { headers: { ...SCRIPT, cookie: leaving.cookie } })).status).toBe(401);
      await eventually(over, { timeoutMs: 10_000 });
    }
    // Nor is anybody new kept out.
    await eventually(() => site.signIn(), { timeoutMs: 20_000, everyMs: 200 });
  }, 60_000);
});

it('NGINX alone says 503 where no gateway is left', async () => {
  const { cookie } = await site.signIn();
  await Promise.all(site.gateways.map((gateway) => gateway.kill()));
  const answer = await viaNginx('/api/orders', cookie);
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
  expect(answer.json).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  await Promise.all(site.gateways.map((gateway) => gateway.start()));
  await site.settled();
  await eventually(async () => expect((await viaNginx('/api/orders', cookie)).status).toBe(200), { timeoutMs: 10_000 });
}, 60_000);

it('no process has written a token, a cookie or a key to any log', async () => {
  await site.stop();
  expect(site.leaks()).toEqual([]);
});
