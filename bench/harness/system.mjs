import { freePort, startChild, startMysql, startRedis, eventually } from '../../libs/testing/dist/index.js';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../..', import.meta.url));
const json = { 'content-type': 'application/json' };

/** Real processes on real servers, on ports nobody else has. `orders` may be 0. */
export async function startSystem({ auths, orders }) {
  const [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  const secrets = Object.fromEntries(
    execFileSync(process.execPath, ['apps/auth/dist/keys-cli.js'], { cwd: top, encoding: 'utf8' })
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
    PUBLIC_URL: 'http://auth.bench',
    RATE_LIMIT_ENABLED: 'false',
  };
  const running = [];
  for (let i = 0; i < auths; i++) running.push(await start('auth', authEnv));
  const auth = running[0];
  for (let i = 0; i < orders; i++)
    running.push(await start('orders', { AUTH_TRUST_ANCHOR, DATABASE_URL: databases[1].url }));
  const sample = running.at(-1);

  const post = async (path, body, headers = {}) => {
    const answer = await fetch(auth.url + path, {
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
    ordersUrl: sample.url,
    start,
    async signUp() {
      const who = { email: `bench-${Date.now()}@example.test`, password: 'a long bench password' };
      await post('/api/v1/auth/signup', who);
      return { signIn: async () => (await post('/api/v1/auth/signin', who)).access_token };
    },
    signOut: (token) => post('/api/v1/auth/signout', {}, { authorization: `Bearer ${token}` }),
    async askOrders(token) {
      const answer = await fetch(`${sample.url}/api/protected`, { headers: { authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      return answer.status;
    },
    async stop() {
      await Promise.all(running.map(({ child }) => child.stop()));
      await Promise.all([redis.kill(), mysql.kill()]);
    },
  };
}
