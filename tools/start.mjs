// `npm start`: auth and orders on this machine, from a fresh clone, with nothing but Node and npm. Embedded stores unless
// REDIS_URL and DATABASE_URL name real ones. AUTH_PORT, ORDERS_PORT and DATA_DIR override; `--json` prints the ready
// block as one line of JSON.
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { must, TSC } from './run/command.mjs';
import { install } from './run/install.mjs';
import { isFree, Service } from './run/service.mjs';
import { authEnvironment, isShared, ordersEnvironment, startSettings } from './run/start-settings.mjs';
import { checkNode, Refusal, runMain, TOP } from './run/top.mjs';
import { curlSession, welcome } from './run/welcome.mjs';

const asJson = process.argv.includes('--json');
const running = [];
let asked = 0;
let sayStop = () => {};
const stopAsked = new Promise((resolve) => (sayStop = resolve));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    asked += 1;
    // Whoever asks twice does not want to wait.
    if (asked > 1) for (const service of running) service.kill();
    sayStop('stop');
  });
}

/** Starts a service and waits until it is ready, it has died or a stop is asked for. @returns whether to go on. */
async function begin(name, options) {
  const service = new Service(name, join(TOP, 'apps', name, 'dist', 'main.js'), options);
  running.push(service);
  const outcome = await Promise.race([death(service), service.ready().then(() => 'ready'), stopAsked]);
  if (outcome === 'ready') return true;
  if (outcome === 'stop') return false;
  throw new Refusal(outcome);
}

async function death(service) {
  const how = await service.ended;
  return `${service.name} ${how}. Its last lines:\n${service.lastLines()}`;
}

async function main() {
  checkNode();
  const { authPort, ordersPort, dataDir } = startSettings(process.env);
  for (const [name, port] of Object.entries({ AUTH_PORT: authPort, ORDERS_PORT: ordersPort })) {
    if (!(await isFree(port))) throw new Refusal(`Port ${port} is taken; choose another with ${name}.`);
  }
  await install();
  await must('The build', process.execPath, [
    TSC,
    '-b',
    'apps/auth/tsconfig.lib.json',
    'apps/orders/tsconfig.lib.json',
  ]);
  if (asked > 0) return;

  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const logFile = (name) => join(dataDir, `${name}.log`);
  const authEnv = await authEnvironment(process.env, dataDir);
  if (!(await begin('auth', { port: authPort, env: authEnv, logFile: logFile('auth') }))) return;
  const authUrl = `http://localhost:${authPort}`;
  const env = await ordersEnvironment(process.env, { authUrl, dataDir, authEnv });
  if (!(await begin('orders', { port: ordersPort, env, logFile: logFile('orders') }))) return;

  const ordersUrl = `http://localhost:${ordersPort}`;
  if (asJson) {
    const session = curlSession(authUrl, ordersUrl);
    console.log(JSON.stringify({ ready: true, auth: authUrl, orders: ordersUrl, dataDir, session }));
  } else {
    const shown = relative(TOP, dataDir) || '.';
    const stores = isShared(process.env)
      ? 'Redis and MySQL'
      : `embedded, in ${shown.startsWith('..') ? dataDir : shown}`;
    console.log(welcome({ auth: authUrl, orders: ordersUrl, stores, logs: [logFile('auth'), logFile('orders')] }));
  }
  const first = await Promise.race([stopAsked, ...running.map(death)]);
  if (first !== 'stop') throw new Refusal(first);
}

await runMain(async () => {
  try {
    await main();
  } catch (error) {
    // What a stop cuts short has not failed.
    if (asked === 0) throw error;
  } finally {
    // Orders first: it lives off auth.
    for (const service of running.toReversed()) await service.stop();
  }
});
