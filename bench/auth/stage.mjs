import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startMysql, startRedis } from '../../libs/testing/dist/index.js';
import { startServer } from '../harness/server.mjs';
import { CLIENTS } from './clients.mjs';
import { HttpClient } from './http-client.mjs';

const top = new URL('../../', import.meta.url);
const rival = new URL('./rivals/better-auth-server.mjs', import.meta.url);

/** Real stores, with a database for each service. */
export async function startStage() {
  const [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  const running = [];
  const secrets = Object.fromEntries(
    execFileSync(process.execPath, ['apps/auth/dist/keys-cli.js', 'new'], { cwd: fileURLToPath(top), encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const { AUTH_TRUST_ANCHOR, ...authSecrets } = secrets;
  const start = async (script, env, core) => {
    const { url: DATABASE_URL } = await mysql.createDatabase();
    const server = await startServer(script, {
      core,
      // As our services are started; the rival too.
      env: { REDIS_URL: redis.url, DATABASE_URL, LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-semi-space-size=64', ...env },
      readyPath: '/ready',
    });
    running.push(server);
    return server;
  };
  return {
    /** @param {number | null} [core] - of `harness/placement.mjs`. @default SUBJECT */
    startGatehouse: (core) =>
      start(
        new URL('apps/auth/dist/main.js', top),
        {
          ...authSecrets,
          PUBLIC_URL: 'http://auth.bench',
          RATE_LIMIT_ENABLED: 'false',
          MAX_SESSIONS_PER_USER: '1000',
          // What it would choose on two cores; where it has one to itself, no more would fit.
          HASHING_CONCURRENCY: '1',
        },
        core,
      ),
    startOrders: (core) => start(new URL('apps/orders/dist/main.js', top), { AUTH_TRUST_ANCHOR }, core),
    startBetterAuth: (core) => start(rival, {}, core),
    async stop() {
      await Promise.all(running.map((server) => server.stop()));
      await Promise.all([redis.kill(), mysql.kill()]);
    },
  };
}

/** Makes accounts, a few at a time. @returns their addresses */
export async function populate(url, clientName, count) {
  const http = new HttpClient(url, 4);
  const people = Array.from({ length: count }, (_, n) => `bench-${n}@example.test`);
  const left = [...people];
  const hand = async () => {
    for (let email = left.pop(); email !== undefined; email = left.pop()) {
      const { status } = await http.send(CLIENTS[clientName].signUp(email));
      if (status !== 200 && status !== 201 && status !== 202)
        throw new Error(`${clientName}: sign-up answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, hand));
  return people;
}
