// docker/nginx/gatehouse.conf on a real NGINX, with servers behind it that say what reached them.
import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { eventually, findProgram, freePort, startChild, testFolder } from '@gatehouse/testing';
import { makeSecrets } from '../../docker/secrets.mjs';
import { SiteClient } from '../rehearse/stage/client.mjs';
import { placed } from '../rehearse/stage/placed.mjs';

const NAMES = ['auth-1:8080', 'auth-2:8080', 'orders-1:8081', 'orders-2:8081', 'gateway-1:8082', 'gateway-2:8082'];

let folder;
let nginx;
let client;
let ports;
let api;
let app;
let behind;
const text = (name) => readFileSync(join(folder, name), 'utf8');

/** Says what it was asked; after `/break` it has read the request and hangs up. */
function upstream(name) {
  const seen = [];
  const self = { name, seen, connections: 0 };
  self.server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url.endsWith('/break')) return void request.resume().once('end', () => request.socket.destroy());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, url: request.url, method: request.method, headers: request.headers }));
  });
  self.server.on('connection', () => (self.connections += 1));
  return self;
}

beforeAll(async () => {
  folder = testFolder('nginx');
  chmodSync(folder, 0o755);
  const secrets = testFolder('secrets');
  makeSecrets(secrets);
  behind = NAMES.map((name) => upstream(name));
  ports = {};
  for (const name of ['http', 'https', 'status', 'inside', ...NAMES]) ports[name] = await freePort();
  await Promise.all(
    behind.map(({ name, server }) => new Promise((done) => server.listen(ports[name], '127.0.0.1', done))),
  );
  api = `https://api.example.com:${ports.https}`;
  app = `https://app.example.com:${ports.https}`;
  const places = {
    'listen 8088': `listen 127.0.0.1:${ports.status}`,
    'listen 8090': `listen 127.0.0.1:${ports.inside}`,
    'listen 80': `listen 127.0.0.1:${ports.http}`,
    'listen 443': `listen 127.0.0.1:${ports.https}`,
    ...Object.fromEntries(NAMES.map((name) => [name, `127.0.0.1:${ports[name]}`])),
    '/etc/nginx/tls/cert.pem': join(secrets, 'tls-cert.pem'),
    '/etc/nginx/tls/key.pem': join(secrets, 'tls-key.pem'),
    '/etc/nginx/more/': join(folder, 'more/'),
    '/run/nginx.pid': join(folder, 'nginx.pid'),
    '/var/log/nginx': folder,
  };
  const file = placed('docker/nginx/gatehouse.conf', places, join(folder, 'nginx.conf'));
  nginx = startChild(findProgram('nginx'), ['-g', 'daemon off;', '-e', join(folder, 'error.log'), '-c', file]);
  client = new SiteClient({ port: ports.https, ca: readFileSync(join(secrets, 'tls-cert.pem'), 'utf8') });
  await eventually(async () => {
    if (nginx.isRunning()) expect((await client.ask(`${api}/nginx-health`)).status).toBe(200);
  });
  if (!nginx.isRunning()) throw new Error(nginx.output());
}, 30_000);
afterAll(async () => {
  client?.close();
  await nginx?.stop();
  for (const { server } of behind ?? []) server.close().closeAllConnections();
});

describe('NGINX in front of everything', () => {
  it.each([
    ['/api/v1/auth/me?a=b%2Fc', 'auth', '/api/v1/auth/me?a=b%2Fc'],
    ['/auth/api/v1/auth/me?a=b', 'auth', '/api/v1/auth/me?a=b'],
    ['/.well-known/jwks.json', 'auth', '/.well-known/jwks.json'],
    ['/auth/.well-known/jwks.json', 'auth', '/.well-known/jwks.json'],
    ['/health', 'auth', '/health'],
    ['/auth/health', 'auth', '/health'],
    ['/api/v1/revocations/stream', 'auth', '/api/v1/revocations/stream'],
    ['/api/orders', 'orders', '/api/orders'],
    ['/api/orders/', 'orders', '/api/'],
    ['/api/orders/public?a=b', 'orders', '/api/public?a=b'],
    ['/api/orders/orders', 'orders', '/api/orders'],
    ['/api/orders/7', 'orders', '/api/orders/7'],
    ['/api/orders/stream', 'orders', '/api/orders/stream'],
  ])('brings %s to %s as %s (R150, R152, X4)', async (path, who, url) => {
    for (const method of ['GET', 'POST']) {
      const { status, json } = await client.ask(api + path, { method });
      expect([status, json?.name.replace(/-\d.*/, ''), json?.method, json?.url]).toEqual([200, who, method, url]);
    }
  });

  it.each([
    ...['/metrics', '/docs', '/ready', '/auth/metrics', '/auth/docs', '/auth/ready', '/auth/', '/', '/auth/%6detrics'],
    ...['/api/v1/internal/federated-sign-in', '/auth/api/v1/internal/federated-sign-in', '/api/v1/%69nternal/x'],
    ...['/api/orders/../v1/internal/x', '/auth/api/v1/../../metrics'],
  ])('lets nobody ask for %s from outside', async (path) => {
    const before = behind.flatMap(({ seen }) => seen).length;
    expect((await rawly(path)).slice(0, 12)).toBe('HTTP/1.1 404');
    expect(behind.flatMap(({ seen }) => seen)).toHaveLength(before);
  });

  it('says who asks in its own words, whatever a client says of itself (M13)', async () => {
    const lies = {
      'X-Forwarded-For': '6.6.6.6',
      'X-Real-IP': '6.6.6.6',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'for=6.6.6.6',
    };
    const more = {
      'X-Forwarded-Host': 'evil.example',
      'X-Original-URL': '/x',
      'X-HTTP-Method-Override': 'DELETE',
      X_Forwarded_For: '6.6.6.6',
    };
    for (const url of [
      `${api}/api/v1/auth/me`,
      `${api}/auth/api/v1/auth/me`,
      `${api}/api/orders`,
      `${app}/api/orders`,
    ]) {
      const { json } = await client.ask(url, { headers: { ...lies, ...more, Authorization: 'Bearer x' } });
      expect(JSON.stringify(json.headers)).not.toMatch(/6\.6\.6\.6|evil|DELETE/);
      const {
        authorization,
        'x-forwarded-for': by,
        'x-forwarded-proto': scheme,
        'x-original-url': original,
      } = json.headers;
      expect([authorization, by, scheme, original]).toEqual(['Bearer x', '127.0.0.1', 'https', undefined]);
    }
  });

  it('is TLS 1.2 or newer, under names it knows, and says so for a year (M12)', async () => {
    const { headers } = await client.ask(`${api}/api/orders`);
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    const plain = await client.ask(`http://127.0.0.1:${ports.http}/a?b=c`, { headers: { host: 'api.example.com' } });
    expect([plain.status, plain.headers.location]).toEqual([308, 'https://api.example.com/a?b=c']);
    await expect(
      client.ask(`http://127.0.0.1:${ports.http}/`, { headers: { host: 'evil.example' } }),
    ).rejects.toThrow();
    expect(await handshake({ servername: 'app.example.com' })).toMatch(/^TLSv1\.[23]$/);
    expect(await handshake({ servername: 'evil.example' })).toMatch(/ERR_SSL|ECONNRESET/);
    const old = {
      servername: 'app.example.com',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    expect(await handshake(old)).toMatch(/ERR_SSL|ECONNRESET/);
  });

  it.each([
    ['auth', `/api/v1/auth/me`],
    ['orders', '/api/orders'],
  ])(
    'gives one client’s requests to both of %s, over connections that are kept (R148, R149, R154-R157)',
    async (who, path) => {
      const both = behind.filter(({ name }) => name.startsWith(who));
      const asked = () => both.map(({ seen }) => seen.length);
      const opened = () => both.reduce((sum, { connections }) => sum + connections, 0);
      const [before, openedBefore] = [asked(), opened()];
      const headers = { cookie: 'sid=the-same' };
      for (let i = 0; i < 24; i++) expect((await client.ask(api + path, { headers })).status).toBe(200);
      for (const [i, count] of asked().entries()) expect(count - before[i]).toBeGreaterThanOrEqual(8);
      // One for each worker that has asked an instance.
      expect(opened() - openedBefore).toBeLessThanOrEqual(2 * availableParallelism());
    },
  );

  it('gives everybody to the other instance when one is gone, and sends no POST twice (R148, R151)', async () => {
    const [first, second] = behind;
    const [one, other] = [first.seen, second.seen];
    const broken = await client.ask(`${api}/api/v1/break`, { body: { pay: 1 } });
    expect([broken.status, broken.headers['retry-after'], broken.json?.code]).toEqual([
      503,
      '2',
      'UPSTREAM_UNAVAILABLE',
    ]);
    expect([...one, ...other].filter((line) => line === 'POST /api/v1/break')).toHaveLength(1);
    first.server.close().closeAllConnections();
    const statuses = [];
    for (let i = 0; i < 12; i++)
      statuses.push((await client.ask(`${api}/api/v1/auth/me`, { method: i % 2 ? 'POST' : 'GET' })).status);
    expect(statuses).toEqual(statuses.map(() => 200));
  });

  it('says that it is there when nobody is behind it, and that nobody is (M12)', async () => {
    for (const { server } of behind.slice(0, 2)) server.close().closeAllConnections();
    expect((await client.ask(`${api}/nginx-health`)).text).toBe('healthy\n');
    expect((await client.ask(`http://127.0.0.1:${ports.http}/nginx-health`)).status).toBe(200);
    expect((await client.ask(`http://127.0.0.1:${ports.status}/stub_status`)).text).toContain('Active connections');
    const gone = await client.ask(`${api}/health`);
    expect([gone.status, gone.json]).toEqual([503, expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' })]);
    expect((await client.ask(`${api}/api/orders`)).status).toBe(200);
  });

  it('writes lines that can be read, and no query: there may be a code in it', async () => {
    await client.ask(`${app}/_gw/callback/entra?code=very-secret`);
    await eventually(() => expect(text('access.log')).toContain('/_gw/callback/entra'));
    for (const line of text('access.log').trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('requestId');
    expect(text('access.log')).not.toContain('very-secret');
  });
});

/** With the path as it is: clients clean it. */
function rawly(path) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({
      port: ports.https,
      host: '127.0.0.1',
      servername: 'api.example.com',
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n`),
    );
    socket
      .on('data', (chunk) => (answer += chunk))
      .once('end', () => resolve(answer))
      .once('error', reject);
  });
}

/** @returns the protocol, or why there is none */
function handshake(options) {
  return new Promise((resolve) => {
    const socket = connect({ port: ports.https, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => (resolve(socket.getProtocol()), socket.destroy()));
    socket.once('error', ({ code, message }) => resolve(code ?? message));
  });
}
