import { type Child, eventually, freePort, testFolder } from '@gatehouse/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer as createHttpServer, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { AppProcess } from './harness/app-process.js';
import { type Certificate, selfMadeCertificate } from './harness/certificate.js';
import { startDaemon, writeSubstituted } from './harness/daemon.js';
import { somebody, type Tokens } from './harness/device.js';
import { ask, dataOf } from './harness/http.js';

const EXAMPLES = 'examples/interop';

interface Tried {
  readonly good: string;
  readonly expired: string;
  readonly forAnotherAudience: string;
}

let certificate: Certificate;
let auth: AppProcess;
let issuer: string;
let tokens: Tried;
let keys: Server;
let upstream: Server;
let upstreamPort: number;
const daemons: Child[] = [];

beforeAll(async () => {
  certificate = selfMadeCertificate();
  const keysPort = await freePort();
  issuer = `https://localhost:${keysPort}`;
  // One service in three lives, with the same keys: what it issues changes, what it signs with does not.
  const env = { DATA_DIR: testFolder('interop'), ISSUER: issuer, LOG_LEVEL: 'warn' };
  const person = somebody();
  const issued = async (more: Readonly<Record<string, string>> = {}) => {
    auth = await AppProcess.launch('auth', { ...env, ...more });
    await auth.ask('/api/v1/auth/signup', { method: 'POST', body: person });
    const answer = await auth.ask('/api/v1/auth/signin', { method: 'POST', body: person });
    return dataOf<Tokens>(answer).access_token;
  };
  const forAnotherAudience = await issued({ AUTH_AUDIENCE: 'payroll' });
  await auth.stop();
  const expired = await issued({ ACCESS_TOKEN_EXPIRY: '1s' });
  await auth.stop();
  const good = await issued();
  tokens = { good, expired, forAnotherAudience };
  keys = await listening(createTlsServer({ cert: certificate.cert, key: certificate.key }, passOn), keysPort);
  upstreamPort = await freePort();
  upstream = await listening(
    createHttpServer(({ headers }, response) => void response.end(JSON.stringify(headers))),
    upstreamPort,
  );
}, 120_000);

afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await auth.stop();
  for (const server of [keys, upstream]) server.close();
});

/** TLS in front of the auth service, as every site has it. */
const passOn: Parameters<typeof createHttpServer>[1] = (incoming, response) => {
  const outgoing = request(auth.url + incoming.url, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy()).end();
};

function listening(server: Server, port: number): Promise<Server> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

async function startApache(): Promise<string> {
  const folder = testFolder('apache');
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = writeSubstituted(
    `${EXAMPLES}/apache.conf`,
    {
      'https://auth.example.com': issuer,
      '/etc/ssl/certs/ca-certificates.crt': certificate.certFile,
      'http://127.0.0.1:8081': `http://127.0.0.1:${upstreamPort}`,
      '127.0.0.1:8090': `127.0.0.1:${port}`,
      '/run/apache2': folder,
      '/var/log/apache2': folder,
    },
    join(folder, 'apache.conf'),
  );
  daemons.push(await startDaemon('apache2', ['-DFOREGROUND', '-f', file], port));
  return `http://127.0.0.1:${port}`;
}

async function startHaproxy(): Promise<string> {
  const folder = testFolder('haproxy');
  const port = await freePort();
  execFileSync(
    process.execPath,
    [join(__dirname, '../../..', EXAMPLES, 'pem-from-jwks.mjs'), `${auth.url}/.well-known/jwks.json`, folder],
    { stdio: 'pipe' },
  );
  const file = writeSubstituted(
    `${EXAMPLES}/haproxy.cfg`,
    {
      'https://auth.example.com': issuer,
      '/etc/haproxy/keys': folder,
      '127.0.0.1:8081': `127.0.0.1:${upstreamPort}`,
      '127.0.0.1:8091': `127.0.0.1:${port}`,
    },
    join(folder, 'haproxy.cfg'),
  );
  daemons.push(await startDaemon('haproxy', ['-db', '-f', file], port));
  return `http://127.0.0.1:${port}`;
}

/** A letter in the middle of the signature, where each of its bits counts. */
function spoilt(token: string): string {
  const at = token.length - 30;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

function withClaims(token: string, change: Readonly<Record<string, unknown>>): string {
  const [head, claims = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), ...change };
  return [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}

function unsigned(token: string): string {
  const head = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
  return `${head}.${token.split('.')[1]}.`;
}

describe.each([
  { name: "Debian's Apache with mod_auth_openidc", start: startApache, who: 'oidc_claim_sub' },
  { name: "Debian's HAProxy with jwt_verify", start: startHaproxy, who: 'x-auth-user' },
])('our access tokens at $name, from its example', ({ start, who }) => {
  let url: string;
  beforeAll(async () => (url = await start()), 30_000);

  const statusOf = async (token?: string) => (await ask(`${url}/api/orders`, { token })).status;

  it('are taken, and the service behind is told whose they are, whatever the client says', async () => {
    const spoofed = { 'X-Auth-User': 'root', X_Auth_User: 'root', OIDC_CLAIM_sub: 'root', 'oidc-claim-sub': 'root' };
    const answer = await ask(`${url}/api/orders`, { token: tokens.good, headers: spoofed });
    expect(answer.status).toBe(200);
    const sub = (JSON.parse(Buffer.from(tokens.good.split('.')[1]!, 'base64url').toString()) as { sub: string }).sub;
    const told = Object.entries(answer.json as object).filter(
      ([name]) => name.replaceAll(/[-_]/g, '_') === who.replaceAll('-', '_'),
    );
    expect(told).toEqual([[who, sub]]);
  });

  it('are refused once they have expired', async () => {
    await eventually(async () => expect(await statusOf(tokens.expired)).toBe(401), { timeoutMs: 20_000 });
  });

  it('are refused spoilt, changed, unsigned, meant for somebody else, or not at all there', async () => {
    const { good, forAnotherAudience } = tokens;
    const refused = [
      spoilt(good),
      withClaims(good, { sub: '4711' }),
      unsigned(good),
      forAnotherAudience,
      'x',
      undefined,
    ];
    expect(await Promise.all(refused.map(statusOf))).toEqual(refused.map(() => 401));
    expect(await statusOf(good)).toBe(200);
  });
});
