import { freePort, startChild, startMysql, startRedis, eventually } from '../../libs/testing/dist/index.js';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../..', import.meta.url));
const json = { 'content-type': 'application/json' };

/**
 * Real processes on real servers, on ports nobody else has. `orders` may be 0.
 *
 * @param {{ auths: number, orders: number, publicUrl?: string }} size - `publicUrl`: the address auth goes by in tokens
 */
export async function startSystem({ auths, orders, publicUrl = 'http://auth.bench' }) {
  const [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  const secrets = Object.fromEntries(
    execFileSync(process.execPath, ['apps/auth/dist/keys-cli.js', 'new'], { cwd: top, encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const { AUTH_TRUST_ANCHOR, ...authSecrets } = secrets;
  const databases = await Promise.all([mysql.createDatabase(), mysql.createDatabase()]);
  const common = { REDIS_URL: redis.url, LOG_LEVEL: 'warn' };
  const start = async (app, env) => {
    const port = await freePort();
    const child = startChild(process.execPath, [`${top}apps/${app}/dist/main.js`], {
      env: { ...common, ...env, PORT: String(port) },
    });
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      async () => {
        if (!child.isRunning()) throw new Error(child.output());
        const ready = await fetch(`${url}/ready`);
        if (!ready.ok) throw new Error(`${app} is not ready`);
      },
      { timeoutMs: 30_000 },
    );
    return { url, child };
  };
  const authEnv = {
    ...authSecrets,
    DATABASE_URL: databases[0].url,
    PUBLIC_URL: publicUrl,
    RATE_LIMIT_ENABLED: 'false',
    MAX_SESSIONS_PER_USER: '1000',
  };
  const running = { auth: [], orders: [] };
  const startOne = {
    auth: () => start('auth', authEnv),
    orders: () => start('orders', { AUTH_TRUST_ANCHOR, DATABASE_URL: databases[1].url }),
  };
  for (let i = 0; i < auths; i++) running.auth.push(await startOne.auth());
  for (let i = 0; i < orders; i++) running.orders.push(await startOne.orders());

  let clientCalls = 0;
  const post = async (path, body, headers = {}) => {
    clientCalls += 1;
    const answer = await fetch(running.auth[0].url + path, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    });
    const { data, error } = await answer.json();
    if (!answer.ok && answer.status !== 401) throw new Error(`${path}: ${error?.code}`);
    return data;
  };
  return {
    redisUrl: redis.url,
    trustAnchor: AUTH_TRUST_ANCHOR,
    ordersDatabaseUrl: databases[1].url,
    authDatabaseUrl: databases[0].url,
    get authUrl() {
      return running.auth[0].url;
    },
    get ordersUrl() {
      return running.orders[0].url;
    },
    /** Calls to auth that this client made. */
    get clientCalls() {
      return clientCalls;
    },
    /** Ends the processes of an app; the client's next call needs them again. @param {'auth' | 'orders'} app */
    stopApp: (app) => Promise.all(running[app].map(({ child }) => child.stop())),
    /** Starts them anew, as many as there were. */
    async startApp(app) {
      for (const i of running[app].keys()) running[app][i] = await startOne[app]();
    },
    async signUp() {
      const who = { email: `bench-${Date.now()}@example.test`, password: 'a long bench password' };
      await post('/api/v1/auth/signup', who);
      return { signIn: async () => (await post('/api/v1/auth/signin', who)).access_token };
    },
    signOut: (token) => post('/api/v1/auth/signout', {}, { authorization: `Bearer ${token}` }),
    /** Requests auth itself has counted since it started, probes and scrapes aside. */
    async servedByAuth() {
      const text = await (await fetch(`${running.auth[0].url}/metrics`)).text();
      const counts = text.matchAll(/^http_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm);
      return [...counts]
        .filter(([, labels]) => !/route="\/(health|ready|metrics)"/.test(labels))
        .reduce((sum, [, , count]) => sum + Number(count), 0);
    },
    async askOrders(token) {
      const answer = await fetch(`${running.orders[0].url}/api/protected`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    async stop() {
      await Promise.all([...running.auth, ...running.orders].map(({ child }) => child.stop()));
      await Promise.all([redis.kill(), mysql.kill()]);
    },
  };
}
