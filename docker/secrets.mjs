// `node docker/secrets.mjs`: makes every secret of docker/compose.yaml once, into files of their own. With ENTRA_TENANT_ID and
// ENTRA_CLIENT_ID in docker/.env people sign in there, otherwise at the development identity provider.
// What is there already stays; delete a file to have another one made. Nothing is printed but names.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCKER = fileURLToPath(new URL('.', import.meta.url));
/** Tenant and application of the development identity provider. */
const DEVELOPMENT = {
  tenant: '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4a01',
  clientId: '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4aff',
};
const ROLES = { 'Orders.Read': ['orders-reader'], 'Gateway.Admin': ['gateway-admin'] };
/** Whose password goes into which place of redis/users.acl. */
const REDIS_ACCOUNTS = ['auth', 'orders', 'gateway', 'operator', 'exporter', 'replica', 'sentinel'];
const MYSQL_ACCOUNTS = ['root', 'migrate', 'auth', 'orders', 'exporter', 'backup'];

/**
 * Makes what is missing in `folder`.
 *
 * The folder is closed to everybody but its owner. The files in it are readable, because a container reads them under an account of its
 * own: Compose mounts a secret as it lies on the host.
 *
 * @param {string} folder
 * @param {{ entra?: { tenant: string, clientId: string }, hosts?: Partial<typeof HOSTS>, names?: string[] }} [options] - `entra`: the
 *   application there; without it the development identity provider stands in. `hosts`: host:port of the
 *   servers; `names`: DNS names the self-made certificate is for
 * @returns {string[]} names of the files that were made
 */
export function makeSecrets(folder, { entra, hosts = {}, names = PUBLIC_NAMES } = {}) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const at = { ...HOSTS, ...hosts };
  const made = [];
  const keep = (name, make) => {
    const path = join(folder, name);
    if (!existsSync(path)) {
      writeFileSync(path, make(), { mode: 0o444 });
      made.push(name);
    }
    return readFileSync(path, 'utf8');
  };
  const password = (name) => keep(`${name}-password`, () => randomBytes(24).toString('hex'));

  keep('key-encryption-key', () => randomBytes(32).toString('base64'));
  const rootKey = keep('root-signing-key', newRootKey);
  keep('trust-anchor', () => trustAnchorOf(rootKey));
  keep('gateway-session-key', () => randomBytes(32).toString('base64'));
  const clientId = keep('gateway-client-id', () => `svc_${randomBytes(12).toString('hex')}`);
  const clientSecret = keep('gateway-client-secret', () => `gatehouse_secret_${randomBytes(32).toString('base64url')}`);
  keep('gateway-client.json', () => JSON.stringify({ clientId, clientSecret }));

  const mysql = Object.fromEntries(MYSQL_ACCOUNTS.map((name) => [name, password(`mysql-${name}`)]));
  keep('orders-database-url', () => `mysql://gatehouse-orders:${mysql.orders}@${at.mysql}/orders`);
  keep('orders-migrate-url', () => `mysql://gatehouse-migrate:${mysql.migrate}@${at.mysql}/orders`);
  const [host, port] = at.mysql.split(':');
  keep('mysql-exporter.cnf', () => `[client]\nhost=${host}\nport=${port}\nuser=exporter\npassword=${mysql.exporter}\n`);

  const redis = Object.fromEntries(REDIS_ACCOUNTS.map((name) => [name, password(`redis-${name}`)]));
  keep('redis-users.acl', () => usersOfRedis(redis));
  keep('redis-exporter.json', () => JSON.stringify({ [`redis://exporter@${at.redis}`]: redis.exporter }));
  keep('grafana-admin-password', () => randomBytes(24).toString('hex'));

  if (entra) {
    const path = join(folder, 'entra-client-secret');
    if (!existsSync(path)) throw new Error(`Put the secret of the application at Entra into ${path}`);
    keep('identity-providers', () => entraProvider(entra, readFileSync(path, 'utf8').trim()));
  } else {
    const secret = keep('dev-idp-client-secret', () => randomBytes(32).toString('base64url'));
    keep('identity-providers', () => developmentProvider(secret, at.idp));
  }
  if (!existsSync(join(folder, 'tls-cert.pem'))) {
    makeCertificate(folder, names);
    made.push('tls-cert.pem', 'tls-key.pem');
  }
  return made;
}

/** Addresses in docker/compose.yaml. */
const HOSTS = { mysql: 'mysql:3306', redis: 'redis:6379', idp: 'https://idp.example.com' };
const PUBLIC_NAMES = ['api.example.com', 'app.example.com', 'idp.example.com'];

/** redis/users.acl with the hashes of these passwords in it. */
export function usersOfRedis(passwords) {
  const template = readFileSync(join(DOCKER, 'redis/users.acl'), 'utf8');
  return REDIS_ACCOUNTS.reduce((text, name) => {
    const place = `#${name.toUpperCase()}_SHA256`;
    if (!text.includes(place)) throw new Error(`redis/users.acl has no place for ${name}`);
    return text.replaceAll(place, `#${createHash('sha256').update(passwords[name]).digest('hex')}`);
  }, template);
}

function newRootKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

/** The public half, which services are told. */
function trustAnchorOf(rootKey) {
  const key = { key: Buffer.from(rootKey, 'base64'), format: 'der', type: 'pkcs8' };
  return createPublicKey(createPrivateKey(key)).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** What the auth service is told of the provider that stands in for Entra. */
function developmentProvider(secret, authority) {
  const credential = { type: 'secret', secret };
  const roles = { displayName: 'Development', roleMap: ROLES, email: 'always' };
  return JSON.stringify({ dev: { type: 'entra', ...DEVELOPMENT, authority, credential, ...roles } });
}

/** The same for Entra. What else may stand here: docs/auth/federation.md. */
function entraProvider({ tenant, clientId }, secret) {
  const credential = { type: 'secret', secret };
  return JSON.stringify({
    entra: { type: 'entra', tenant, clientId, credential, displayName: 'Microsoft', roleMap: {} },
  });
}

/** A certificate that vouches for itself, for ninety days: for trying, until the real one lies there. */
function makeCertificate(folder, names) {
  const key = join(folder, 'tls-key.pem');
  const subjects = ['localhost', ...names].map((name) => `DNS:${name}`).join(',');
  const how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '90'];
  const what = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${subjects}`];
  try {
    const out = ['-keyout', key, '-out', join(folder, 'tls-cert.pem')];
    execFileSync('openssl', ['req', '-x509', ...how, ...what, ...out], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(`openssl is needed for tls-cert.pem, or put a certificate and tls-key.pem into ${folder}`, {
      cause: error,
    });
  }
  chmodSync(key, 0o444);
}

/** Settings that are no secrets, for Compose to fill in: which provider, and what is public of the secrets. */
export function writeSettings(folder, file) {
  const read = (name) => readFileSync(join(folder, name), 'utf8');
  const lines = { AUTH_TRUST_ANCHOR: read('trust-anchor'), GATEWAY_CLIENT_ID: read('gateway-client-id') };
  const all = Object.entries({ ...readSettings(file), ...lines }).map(([name, value]) => `${name}=${value}`);
  writeFileSync(file, `${all.join('\n')}\n`);
}

/** The application at Entra, as docker/.env or the environment names it. */
export function entraOf(env) {
  const { ENTRA_TENANT_ID: tenant, ENTRA_CLIENT_ID: clientId } = env;
  if (Boolean(tenant) !== Boolean(clientId)) throw new Error('ENTRA_TENANT_ID and ENTRA_CLIENT_ID go together');
  return tenant && clientId ? { tenant, clientId } : undefined;
}

/** Variables of docker/.env, as `NAME=value` lines. */
export function readSettings(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return Object.fromEntries(
    lines
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [folder, settings] = [join(DOCKER, '.secrets'), join(DOCKER, '.env')];
  try {
    const made = makeSecrets(folder, { entra: entraOf({ ...readSettings(settings), ...process.env }) });
    writeSettings(folder, settings);
    process.stdout.write(
      made.length > 0 ? `Made in docker/.secrets: ${made.join(', ')}\n` : 'Every secret is there.\n',
    );
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
