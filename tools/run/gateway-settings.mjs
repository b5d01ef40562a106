import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './top.mjs';
import { isShared } from './start-settings.mjs';

/** Tenant and application of the development identity provider: see `apps/dev-idp`. */
const TENANT = '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4a01';
const APPLICATION = '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4aff';
/** Its name in the addresses of the gateway and in the configuration of both. */
const PROVIDER = 'dev';

/** Why the gateway is not begun; `undefined` where it is. */
export function gatewayIsLeftOut(env) {
  const how = 'docs/gateway/README.md tells how to run the gateway with a provider of your own.';
  if (env.NODE_ENV === 'production') return `No development identity provider in production; ${how}`;
  if (env.IDENTITY_PROVIDERS || env.IDENTITY_PROVIDERS_FILE) return `IDENTITY_PROVIDERS is set; ${how}`;
  return undefined;
}

/** Where things are, and the secrets between them: made at the first start, kept in the data folder, typed by nobody. */
export function gatewayPlan({ gatewayPort, idpPort, authPort, ordersPort, dataDir }) {
  const kept = (name, make) => {
    const path = join(dataDir, name);
    if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { mode: 0o600 });
    return readFileSync(path, 'utf8').trim();
  };
  return {
    gatewayUrl: `http://localhost:${gatewayPort}`,
    // Another host than the services have: cookies know no ports.
    idpUrl: `http://127.0.0.1:${idpPort}`,
    authUrl: `http://localhost:${authPort}`,
    ordersUrl: `http://localhost:${ordersPort}`,
    dataDir,
    file: join(dataDir, 'gateway.yaml'),
    credentialsFile: join(dataDir, 'gateway-client.json'),
    idpSecret: kept('dev-idp-client-secret', () => randomBytes(32).toString('base64url')),
    sessionKey: kept('gateway-session-key', () => randomBytes(32).toString('base64')),
  };
}

/** What `npm run service-account:new` is asked for. */
export const serviceAccountArguments = ({ credentialsFile }) => [
  join(TOP, 'apps/auth/dist/service-account-cli.js'),
  ...['--name', 'Gateway', '--scope', 'federation', '--credentials', credentialsFile],
];

/** `IDENTITY_PROVIDERS` of the auth service: the development provider. */
export function withProvider(authEnv, { idpUrl, idpSecret }) {
  const settings = {
    ...providerSettings(idpUrl, idpSecret),
    displayName: 'Development',
    // Roles at the provider become roles here. That of an administrator of Gatehouse is not given away by a provider without passwords.
    roleMap: { 'Orders.Read': ['orders-reader'], 'Gateway.Admin': ['gateway-admin'] },
    email: 'always',
  };
  return { ...authEnv, IDENTITY_PROVIDERS: JSON.stringify({ [PROVIDER]: settings }) };
}

/** Environment of the development identity provider. */
export const idpEnvironment = (env, { idpUrl, idpSecret, gatewayUrl, dataDir }) => ({
  ...only(env, ['PATH', 'HOME', 'NODE_ENV', 'LOG_LEVEL']),
  PUBLIC_URL: idpUrl,
  CLIENT_ID: APPLICATION,
  CLIENT_SECRET: idpSecret,
  REDIRECT_URIS: `${gatewayUrl}/_gw/callback/${PROVIDER}`,
  POST_LOGOUT_REDIRECT_URIS: `${gatewayUrl}/_gw/signed-out`,
  // As at Entra, which tells applications of a sign-out in no other way.
  FRONTCHANNEL_LOGOUT_URI: `${gatewayUrl}/_gw/oidc/${PROVIDER}/frontchannel`,
  DATA_DIR: join(dataDir, 'dev-idp'),
});

/** Writes the gateway's file, anew at each start. @returns its environment, with the secrets the file only names */
export function gatewayEnvironment(env, plan, { trustAnchor }) {
  const { clientId, clientSecret } = JSON.parse(readFileSync(plan.credentialsFile, 'utf8'));
  writeFileSync(plan.file, gatewayFile(env, plan), { mode: 0o600 });
  const given = { ...env, GATEWAY_CONFIG: plan.file };
  for (const name of ['DATABASE_URL', 'KEY_ENCRYPTION_KEY', 'ROOT_SIGNING_KEY']) {
    delete given[name];
    delete given[`${name}_FILE`];
  }
  return {
    ...given,
    ...(trustAnchor ? { AUTH_TRUST_ANCHOR: trustAnchor } : {}),
    GATEWAY_CLIENT_ID: clientId,
    GATEWAY_CLIENT_SECRET: clientSecret,
    DEV_IDP_CLIENT_SECRET: plan.idpSecret,
    GATEWAY_SESSION_KEY: plan.sessionKey,
  };
}

/** The text of the gateway's file. JSON is YAML, and every value in it is quoted by whoever knows how. */
function gatewayFile(env, plan) {
  const { gatewayUrl, authUrl, ordersUrl, idpUrl } = plan;
  const isOnRedis = isShared(env);
  const { port } = new URL(gatewayUrl);
  const settings = {
    version: 1,
    server: { listen: `127.0.0.1:${port}`, publicUrl: gatewayUrl },
    auth: {
      url: authUrl,
      clientId: '${GATEWAY_CLIENT_ID}',
      clientSecret: '${GATEWAY_CLIENT_SECRET}',
      issuer: env.ISSUER || env.PUBLIC_URL || authUrl,
      audience: env.AUTH_AUDIENCE || 'gatehouse',
      feed: isOnRedis ? 'redis' : 'sse',
    },
    providers: { [PROVIDER]: providerSettings(idpUrl, '${DEV_IDP_CLIENT_SECRET}') },
    session: isOnRedis ? { store: 'redis', keys: ['${GATEWAY_SESSION_KEY}'] } : { store: 'memory' },
    upstreams: { orders: { targets: [ordersUrl] } },
    routes: [
      { match: { path: '/api/public', methods: ['GET'] }, upstream: 'orders', auth: 'none' },
      { match: { path: '/api/orders/stream', methods: ['GET'] }, upstream: 'orders', timeout: { idle: '0s' } },
      { match: { path: '/api/**' }, upstream: 'orders' },
    ],
  };
  return `# The gateway of npm start; written anew each time. Every setting: docs/gateway/configuration.md\n${JSON.stringify(settings, null, 2)}\n`;
}

const providerSettings = (authority, secret) => ({
  type: 'entra',
  tenant: TENANT,
  authority,
  clientId: APPLICATION,
  credential: { type: 'secret', secret },
  allowInsecure: true,
});

const only = (env, names) => Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
