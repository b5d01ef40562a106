import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Refusal, TOP } from './top.mjs';

/** Ports and folder of `npm start`, checked. */
export function startSettings(env) {
  const port = (name, usual) => {
    const value = Number(env[name] || usual);
    if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
    throw new Refusal(`${name} must be a port number from 1 to 65535.`);
  };
  const settings = {
    authPort: port('AUTH_PORT', 8080),
    ordersPort: port('ORDERS_PORT', 8081),
    gatewayPort: port('GATEWAY_PORT', 8082),
    idpPort: port('IDP_PORT', 8083),
    dataDir: resolve(TOP, env.DATA_DIR || '.data'),
  };
  const { authPort, ordersPort, gatewayPort, idpPort } = settings;
  if (new Set([authPort, ordersPort, gatewayPort, idpPort]).size < 4) {
    throw new Refusal('AUTH_PORT, ORDERS_PORT, GATEWAY_PORT and IDP_PORT must differ.');
  }
  return settings;
}

/** Whether Redis and MySQL were named; otherwise everything is embedded. */
export const isShared = (env) => Boolean(env.REDIS_URL && /^(mysql|mariadb):/.test(env.DATABASE_URL ?? ''));

/** The auth service's own modules, as built: what it makes and reads is decided there and nowhere else. */
const ofAuth = (path) => import(pathToFileURL(join(TOP, 'apps/auth/dist', path)).href);

const value = (env, name) =>
  env[name] || (env[`${name}_FILE`] && readFileSync(env[`${name}_FILE`], 'utf8')) || undefined;

/**
 * Environment of the auth service. On shared stores it must be given its keys; outside production they are kept in the data
 * folder, as the service itself does when embedded.
 */
export async function authEnvironment(env, dataDir) {
  const given = { ...env, DATA_DIR: dataDir };
  if (!isShared(env) || env.NODE_ENV === 'production') return given;
  const { embeddedSecrets } = await ofAuth('config/embedded-secrets.js');
  const kept = await embeddedSecrets(dataDir);
  if (!value(env, 'KEY_ENCRYPTION_KEY')) given.KEY_ENCRYPTION_KEY = kept.keyEncryptionKey;
  if (!value(env, 'ROOT_SIGNING_KEY')) given.ROOT_SIGNING_KEY = kept.rootSigningKey;
  return given;
}

/** Environment of the orders service: where revocations and keys come from, and whom to trust. */
export async function ordersEnvironment(env, { authUrl, dataDir, authEnv }) {
  const given = { ...env, DATA_DIR: dataDir };
  // The auth service's secrets are none of its business, and its database neither.
  for (const name of ['DATABASE_URL', 'KEY_ENCRYPTION_KEY', 'ROOT_SIGNING_KEY']) {
    delete given[name];
    delete given[`${name}_FILE`];
  }
  if (env.ORDERS_DATABASE_URL) given.DATABASE_URL = env.ORDERS_DATABASE_URL;
  if (!isShared(env)) given.AUTH_URL = authUrl;
  if (!value(env, 'AUTH_TRUST_ANCHOR') && !value(env, 'JWT_SECRET')) {
    given.AUTH_TRUST_ANCHOR = await trustAnchor(dataDir, authEnv);
  }
  return given;
}

/** Public half of the root key: of the key we gave, else from the file the auth service leaves in its data folder. */
async function trustAnchor(dataDir, authEnv) {
  const rootKey = value(authEnv, 'ROOT_SIGNING_KEY');
  if (rootKey) return (await ofAuth('keys/bundle/root-key.js')).RootKey.parse(rootKey.trim()).trustAnchor;
  return readFileSync(join(dataDir, 'trust-anchor.txt'), 'utf8').trim();
}
