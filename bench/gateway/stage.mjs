import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startMysql, startRedis, testFolder } from '../../libs/testing/dist/index.js';
import { REST, SUBJECT } from '../harness/placement.mjs';
import { startServer } from '../harness/server.mjs';

const top = new URL('../../', import.meta.url);
const AUTH = new URL('apps/auth/dist/main.js', top);
const GATEWAY = new URL('apps/gateway/dist/main.js', top);
const PROVIDER = 'bench';

/** As `npm start` of our services starts them; rivals written in Node are started with it too. */
export const NODE_OPTIONS = '--max-semi-space-size=64';

/** The real auth service on a real Redis and database, an identity provider, and gateways on demand. */
export async function startStage() {
  const { startScriptedProvider } = await import(new URL('libs/oidc/dist/testing/index.js', top).href);
  const [redis, mysql, provider] = await Promise.all([startRedis(), startMysql(), startScriptedProvider()]);
  provider.people.add({ handle: 'ada', roles: ['Orders.Read'] });
  const { AUTH_TRUST_ANCHOR, ...secrets } = newKeys();
  const { url: databaseUrl } = await mysql.createDatabase();
  const credentials = join(testFolder('bench-gateway'), 'client.json');
  const env = {
    ...secrets,
    NODE_ENV: 'development',
    REDIS_URL: redis.url,
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: 'http://auth.bench',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_ENABLED: 'false',
    MAX_SESSIONS_PER_USER: '1000',
    IDENTITY_PROVIDERS: JSON.stringify({ [PROVIDER]: provider.settings() }),
  };
  execFileSync(
    process.execPath,
    [
      fileURLToPath(new URL('apps/auth/dist/service-account-cli.js', top)),
      ...['--name', 'Bench', '--scope', 'federation', '--credentials', credentials],
    ],
    { env: { ...process.env, ...env }, stdio: 'pipe' },
  );
  const auth = await startServer(AUTH, { core: REST, env, readyPath: '/ready' });
  const client = JSON.parse(readFileSync(credentials, 'utf8'));
  return {
    redisUrl: redis.url,
    /** A gateway that sends all of `/api/` to `upstream`, as a process on the core of the subject. */
    async startGateway(upstream) {
      const port = await freePort();
      const file = join(testFolder('gateway'), 'gateway.yaml');
      const settings = {
        version: 1,
        server: {
          listen: `127.0.0.1:${port}`,
          publicUrl: `http://localhost:${port}`,
          // Everybody signs in from one address, in each sitting anew.
          limits: { body: '4GiB', logins: 100_000, loginsInAll: 100_000 },
        },
        auth: { url: auth.url, ...client, issuer: 'http://auth.bench', trustAnchor: AUTH_TRUST_ANCHOR },
        providers: { [PROVIDER]: provider.settings() },
        session: { store: 'redis', url: redis.url, keys: [randomBytes(32).toString('base64')] },
        upstreams: { behind: { targets: [upstream], maxConnections: 4_000 } },
        routes: [
          { match: { path: '/api/public/**' }, upstream: 'behind', auth: 'none' },
          { match: { path: '/api/**' }, upstream: 'behind', timeout: { idle: '5m' } },
        ],
      };
      writeFileSync(file, JSON.stringify(settings));
      const gatewayEnv = { NODE_ENV: 'development', LOG_LEVEL: 'warn', NODE_OPTIONS, GATEWAY_CONFIG: file };
      const server = await startServer(GATEWAY, {
        core: SUBJECT,
        env: { ...gatewayEnv, PORT: String(port) },
        port,
        readyPath: '/ready',
      });
      return { ...server, url: `http://localhost:${port}` };
    },
    async stop() {
      await auth.stop();
      await Promise.all([redis.kill(), mysql.kill(), provider.close()]);
    },
  };
}

function newKeys() {
  const text = execFileSync(process.execPath, ['apps/auth/dist/keys-cli.js', 'new'], {
    cwd: fileURLToPath(top),
    encoding: 'utf8',
  });
  const lines = text.split('\n').filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
