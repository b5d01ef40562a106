// `npm start`: auth, orders, the gateway and a development identity provider on this machine, from a fresh clone, with nothing
// but Node and npm. Embedded stores unless REDIS_URL and DATABASE_URL name real ones. AUTH_PORT, ORDERS_PORT, GATEWAY_PORT,
// IDP_PORT and DATA_DIR override; `--json` prints the ready block as one line of JSON.
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { must, TSC } from './run/command.mjs';
import {
  gatewayEnvironment,
  gatewayIsLeftOut,
  gatewayPlan,
  idpEnvironment,
  serviceAccountArguments,
  withProvider,
} from './run/gateway-settings.mjs';
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

/** The provider first, so that whoever is faster than the ready block finds it there. */
async function beginGateway(plan, { gatewayPort, idpPort, logFile, env }) {
  const idp = {
    port: idpPort,
    env: idpEnvironment(process.env, plan),
    logFile: logFile('dev-idp'),
    readyPath: '/health',
  };
  if (!(await begin('dev-idp', idp))) return false;
  const trust = { trustAnchor: env.AUTH_TRUST_ANCHOR };
  const gateway = { port: gatewayPort, env: gatewayEnvironment(process.env, plan, trust), logFile: logFile('gateway') };
  return begin('gateway', gateway);
}

async function main() {
  checkNode();
  const settings = startSettings(process.env);
  const { authPort, ordersPort, gatewayPort, idpPort, dataDir } = settings;
  const leftOut = gatewayIsLeftOut(process.env);
  const ports = { AUTH_PORT: authPort, ORDERS_PORT: ordersPort };
  if (!leftOut) Object.assign(ports, { GATEWAY_PORT: gatewayPort, IDP_PORT: idpPort });
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) throw new Refusal(`Port ${port} is taken; choose another with ${name}.`);
  }
  await install();
  await must('The build', process.execPath, [
    TSC,
    '-b',
    'apps/auth/tsconfig.lib.json',
    'apps/orders/tsconfig.lib.json',
    ...(leftOut ? [] : ['apps/gateway/tsconfig.lib.json', 'apps/dev-idp/tsconfig.lib.json']),
  ]);
  if (asked > 0) return;

  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const logFile = (name) => join(dataDir, `${name}.log`);
  const plan = leftOut ? undefined : gatewayPlan(settings);
  const stores = await authEnvironment(process.env, dataDir);
  const authEnv = plan ? withProvider(stores, plan) : stores;
  if (plan)
    await must('Letting the gateway in', process.execPath, serviceAccountArguments(plan), {
      env: authEnv,
      quiet: true,
    });
  if (!(await begin('auth', { port: authPort, env: authEnv, logFile: logFile('auth') }))) return;
  const authUrl = `http://localhost:${authPort}`;
  const env = await ordersEnvironment(process.env, { authUrl, dataDir, authEnv });
  if (!(await begin('orders', { port: ordersPort, env, logFile: logFile('orders') }))) return;

  if (plan && !(await beginGateway(plan, { gatewayPort, idpPort, logFile, env }))) return;

  const ordersUrl = `http://localhost:${ordersPort}`;
  const gateway = plan && { gateway: plan.gatewayUrl, idp: plan.idpUrl, signIn: `${plan.gatewayUrl}/api/orders` };
  if (asJson) {
    const session = curlSession(authUrl, ordersUrl);
    console.log(JSON.stringify({ ready: true, auth: authUrl, orders: ordersUrl, ...gateway, dataDir, session }));
  } else {
    const shown = relative(TOP, dataDir) || '.';
    const stores = isShared(process.env)
      ? 'Redis and MySQL'
      : `embedded, in ${shown.startsWith('..') ? dataDir : shown}`;
    const logs = running.map(({ name }) => logFile(name));
    console.log(welcome({ auth: authUrl, orders: ordersUrl, ...gateway, leftOut, stores, logs }));
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
    // The last one first: it lives off those before it.
    for (const service of running.toReversed()) await service.stop();
  }
});
