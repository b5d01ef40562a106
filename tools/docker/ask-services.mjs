// `node tools/docker/ask-services.mjs`: what the built services themselves say of docker/compose.yaml, with and without compose.demo.yaml:
// `{ settings, refusals }` as JSON. A process of its own, because tests cannot load ES modules.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets } from '../../docker/secrets.mjs';
import { readWhole } from './read-compose.mjs';

const top = new URL('../../', import.meta.url);
const DOCKER = new URL('docker/', top).pathname;
const load = (path) => import(new URL(path, top).href);
const { loadConfig } = await load('libs/config/dist/index.js');
const { examineGateway } = await load('apps/gateway/dist/config/load-gateway-settings.js');
const schemas = {
  auth: (await load('apps/auth/dist/config/auth.config.js')).authConfig,
  orders: (await load('apps/orders/dist/config/orders.config.js')).ordersConfig,
  gateway: (await load('apps/gateway/dist/config/gateway.config.js')).gatewayConfig,
  'dev-idp': (await load('apps/dev-idp/dist/config/dev-idp.config.js')).devIdpConfig,
};
const ENTRA = { tenant: '8eaef023-2b34-4da1-9baa-8bc8c9d6a490', clientId: '99999999-9999-4999-8999-999999999999' };
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));

try {
  const entra = join(folder, 'entra');
  const demo = join(folder, 'demo');
  makeSecrets(demo);
  makeSecretsOfEntra(entra);
  const refusals = [
    ...refusalsOf(readWhole(DOCKER, 'compose.yaml'), entra),
    ...refusalsOf(readWhole(DOCKER, 'compose.yaml', 'compose.demo.yaml'), demo),
  ];
  const settings = Object.fromEntries(Object.entries(schemas).map(([name, { fields }]) => [name, Object.keys(fields)]));
  process.stdout.write(JSON.stringify({ settings, refusals }));
} finally {
  rmSync(folder, { recursive: true });
}

function makeSecretsOfEntra(at) {
  // The folder is made first: what Entra gave must be in it.
  try {
    makeSecrets(at, { entra: ENTRA });
  } catch (error) {
    if (!/entra-client-secret/.test(error.message)) throw error;
  }
  writeFileSync(join(at, 'entra-client-secret'), 'of-the-application-at-entra');
  makeSecrets(at, { entra: ENTRA });
}

/** Each of our services is asked whether it would start. */
function refusalsOf({ services }, secrets) {
  return Object.entries(services).flatMap(([name, { image, environment = {}, volumes = [], command }]) => {
    const [, app] = /^gatehouse\/([\w-]+):/.exec(image) ?? [];
    if (!schemas[app] || command) return [];
    const env = {
      ...inImage(app),
      ...Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(String(value))])),
    };
    const file = volumes
      .map(String)
      .find((mount) => mount.includes('gateway.yaml'))
      ?.split(':')[0];
    if (app !== 'gateway') return faults(() => loadConfig(schemas[app], env)).map((fault) => `${name}: ${fault}`);
    const placed = join(folder, `${name}.yaml`);
    writeFileSync(placed, here(readFileSync(join(DOCKER, file), 'utf8')));
    const found = examineGateway({ ...env, GATEWAY_CONFIG: placed }).faults;
    return found.map(({ path, message }) => `${name}: ${path.join('.')} ${message}`);

    function here(text) {
      const filled = text.replace(
        /^\$\{(\w+):?[-?]?([^}]*)\}/,
        (_, key, otherwise) => given(key, secrets) ?? otherwise,
      );
      return filled.replaceAll('/run/secrets', secrets);
    }
  });
}

/** What docker/Dockerfile sets. */
function inImage(app) {
  return app === 'dev-idp'
    ? { NODE_ENV: 'development', HOST: '0.0.0.0', ALLOW_NETWORK: 'true' }
    : { NODE_ENV: 'production' };
}

/** What docker/.env says. */
function given(key, secrets) {
  const files = { AUTH_TRUST_ANCHOR: 'trust-anchor', GATEWAY_CLIENT_ID: 'gateway-client-id' };
  if (files[key]) return readFileSync(join(secrets, files[key]), 'utf8');
  return { ENTRA_TENANT_ID: ENTRA.tenant, ENTRA_CLIENT_ID: ENTRA.clientId }[key];
}

function faults(work) {
  try {
    work();
    return [];
  } catch (error) {
    return error.faults ?? [error.message];
  }
}
