import {
  cidrList,
  type ConfigOf,
  type ConfigRule,
  defineConfig,
  flag,
  integer,
  oneOf,
  port,
  seconds,
  secret,
  text,
  url,
} from '@gatehouse/config';
import { PRIVATE_NETWORKS, tracingFields, tracingIsSound } from '@gatehouse/nest-kit';
import { type ParsedRedis, parseRedisSettings } from '@gatehouse/redis';
import { type ParsedDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import { RootKey } from '../keys/bundle/root-key.js';
import { accountFields, accountsAreSound } from './accounts.fields.js';
import { mailFields, mailIsSound } from './mail.fields.js';
import { cookieFields, cookiesAreSound } from './cookie.fields.js';
import { oauthFields } from './oauth.fields.js';
import { databaseFields } from './database.fields.js';
import { federationFields, providersAreSound } from './federation.fields.js';
import { auditFields } from './audit.fields.js';
import { receiversAreSound, securityEventFields } from './security-events.fields.js';
import { sessionLedgerFields } from './session-ledger.fields.js';
import { sessionFields } from './sessions.fields.js';
import { hashingIsBearable, passwordFields } from './passwords.fields.js';
import { keyFaults, keyFields } from './keys.fields.js';

import { limitsFields } from './limits.fields.js';
const fields = {
  NODE_ENV: oneOf('production', 'development', 'test')
    .default('development')
    .describe('In production nothing is made up: stores and secrets must be given'),
  PORT: port().default('8080').describe('Where it listens'),
  PUBLIC_URL: url().optional().describe('Address under which clients reach it; http://localhost:PORT when absent'),
  ISSUER: url().optional().describe('`iss` of the tokens, compared as an exact string; PUBLIC_URL when absent'),
  AUTH_AUDIENCE: text().default('gatehouse').describe('`aud` of the tokens: the services that may accept them'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .default('info')
    .describe('Least severity that is logged'),
  DATA_DIR: text().default('.data').describe('Folder of the embedded database and of generated keys'),
  ALLOW_EMBEDDED: flag()
    .default('false')
    .describe('Lets one instance run in production without Redis and MySQL, on a file of its own'),

  ...databaseFields,
  REDIS_ENABLED: flag().default('true').describe('false leaves Redis aside even where an address is given'),
  REDIS_URL: secret({ minBytes: 1 }).optional().describe('Redis, as redis://… , rediss://… (TLS) or host:port'),
  REDIS_ADDR: text().optional().describe('Redis, as host:port'),
  REDIS_HOST: text().optional().describe('Host of Redis'),
  REDIS_PORT: port().optional().describe('Port of Redis, beside REDIS_HOST'),
  REDIS_USERNAME: text().optional().describe('Name of the account at Redis, where it is not the default one'),
  REDIS_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of Redis'),
  REDIS_DB: integer({ min: 0, max: 9_999 }).optional().describe('Number of the Redis database'),
  REDIS_CLUSTER_NODES: text().optional().describe('Nodes of a Redis Cluster, as host:port,host:port'),
  REDIS_SENTINELS: text().optional().describe('Redis Sentinels, as host:port,host:port'),
  REDIS_SENTINEL_MASTER: text().optional().describe('Name of the primary, beside REDIS_SENTINELS'),
  READY_REQUIRES_REDIS: flag()
    .default('false')
    .describe('Makes /ready fail while Redis is away, instead of saying "degraded"'),

  ACCESS_TOKEN_EXPIRY: seconds({ min: 1, max: 43_200 }).default('15m').describe('Life of an access token'),
  ...sessionFields,
  ...sessionLedgerFields,
  REFRESH_GRACE_SECONDS: seconds({ min: 0, max: 60 })
    .default('10')
    .describe('A spent refresh token yields the same answer again for this long; later it counts as stolen'),
  TOKEN_ALGORITHM: oneOf('ES256', 'HS256')
    .default('ES256')
    .describe('HS256 is for services that know only JWT_SECRET: each of them could then forge tokens'),
  JWT_SECRET: secret({ minBytes: 32 }).optional().describe('Shared secret of the HS256 mode'),
  KEY_ENCRYPTION_KEY: secret({ minBytes: 32 })
    .optional()
    .describe('32 bytes in base64: seals the signing keys in the database. The same for all instances'),
  ROOT_SIGNING_KEY: secret({ minBytes: 32 })
    .optional()
    .describe('P-256 private key that vouches for the signing keys (PEM, JWK or base64 PKCS#8). The same for all'),
  ...keyFields,

  ...passwordFields,

  ...accountFields,
  ...cookieFields,
  ...mailFields,
  ...oauthFields,
  ...federationFields,
  ...securityEventFields,

  ...auditFields,

  TRUSTED_PROXIES: cidrList().default('').describe('Proxies whose X-Forwarded-For and X-Request-ID are believed'),
  INTERNAL_NETWORKS: cidrList()
    .default(PRIVATE_NETWORKS.join(','))
    .describe('Who may ask for /metrics and /docs; others, and whoever a proxy says is elsewhere, get 404'),
  ...limitsFields,
  ...tracingFields,
  REVOCATION_STREAM_TOKEN: secret({ minBytes: 16 })
    .optional()
    .describe(
      'Bearer token of services without Redis: they read /api/v1/revocations/stream and report to it; without it nobody may in production, and anybody elsewhere',
    ),
};

export type AuthSettings = ConfigOf<typeof fields>;
type Rule = ConfigRule<typeof fields>;

const isProduction = (config: AuthSettings) => config.NODE_ENV === 'production';

/** Where Redis is, from settings that may have come out of files. */
export function redisOf(config: AuthSettings): ParsedRedis {
  return parseRedisSettings({
    ...definedOnly({
      REDIS_URL: config.REDIS_URL?.reveal(),
      REDIS_ADDR: config.REDIS_ADDR,
      REDIS_HOST: config.REDIS_HOST,
      REDIS_USERNAME: config.REDIS_USERNAME,
      REDIS_PASSWORD: config.REDIS_PASSWORD?.reveal(),
      REDIS_CLUSTER_NODES: config.REDIS_CLUSTER_NODES,
      REDIS_SENTINELS: config.REDIS_SENTINELS,
      REDIS_SENTINEL_MASTER: config.REDIS_SENTINEL_MASTER,
      REDIS_PORT: config.REDIS_PORT?.toString(),
      REDIS_DB: config.REDIS_DB?.toString(),
    }),
    REDIS_ENABLED: String(config.REDIS_ENABLED),
  });
}

/** Where the database is; `settings` is `undefined` when none is named. */
export function databaseOf(config: ConfigOf<typeof databaseFields>): ParsedDatabase {
  return parseDatabaseSettings({
    DATABASE_URL: config.DATABASE_URL?.reveal(),
    DB_HOST: config.DB_HOST,
    DB_PORT: String(config.DB_PORT),
    DB_USER: config.DB_USER,
    DB_PASSWORD: config.DB_PASSWORD?.reveal(),
    DB_NAME: config.DB_NAME,
    DB_SSL: String(config.DB_SSL),
  });
}

/** Whether instances share their stores, rather than one process keeping everything to itself. */
export function isShared(config: AuthSettings): boolean {
  return databaseOf(config).settings?.dialect === 'mysql';
}

/** Address under which clients reach the service, without a slash at the end. */
export function publicUrlOf(config: AuthSettings): string {
  return (config.PUBLIC_URL ?? `http://localhost:${config.PORT}`).replace(/\/+$/, '');
}

/** `iss` of the tokens. */
export function issuerOf(config: AuthSettings): string {
  return config.ISSUER ?? publicUrlOf(config);
}

function definedOnly(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const redisIsSound: Rule = (config) => redisOf(config).faults;

const databaseIsSound: Rule = (config) => databaseOf(config).faults;

const storesBelongTogether: Rule = (config) => {
  if (redisOf(config).faults.length > 0 || databaseOf(config).faults.length > 0) return [];
  const namesRedis = redisOf(config).settings !== undefined;
  if (namesRedis && !isShared(config)) return ['a MySQL DATABASE_URL is needed beside Redis'];
  if (!namesRedis && isShared(config)) return ['REDIS_URL is needed beside a MySQL DATABASE_URL'];
  if (!namesRedis && isProduction(config) && !config.ALLOW_EMBEDDED) {
    return ['REDIS_URL and a MySQL DATABASE_URL are needed in production (or ALLOW_EMBEDDED=true, for one instance)'];
  }
  return [];
};

const keysAreSound: Rule = (config) => {
  const faults = keyFaults(config);
  const { KEY_ENCRYPTION_KEY: sealing, ROOT_SIGNING_KEY: root } = config;
  if (sealing && Buffer.from(sealing.reveal(), 'base64').length !== 32) {
    faults.push('KEY_ENCRYPTION_KEY must be 32 bytes in base64');
  }
  if (root) {
    try {
      RootKey.parse(root.reveal());
    } catch {
      faults.push('ROOT_SIGNING_KEY must be a P-256 private key as PEM, JWK or base64 PKCS#8 DER');
    }
  }
  return faults;
};

/** What is made up on a developer's machine must be given where others rely on it, or instances would not agree. */
const secretsAreGiven: Rule = (config) => {
  const shared = isShared(config) || isProduction(config);
  const needed: (keyof AuthSettings)[] = [];
  if (config.TOKEN_ALGORITHM === 'HS256') needed.push('JWT_SECRET');
  if (shared) needed.push('KEY_ENCRYPTION_KEY');
  if (shared && config.TOKEN_ALGORITHM === 'ES256') needed.push('ROOT_SIGNING_KEY');
  const missing = needed.filter((name) => config[name] === undefined);
  return missing.map((name) => `${name} is needed here; \`npm run keys:new\` makes one`);
};

const secretsDiffer: Rule = (config) => {
  const given = (['JWT_SECRET', 'KEY_ENCRYPTION_KEY', 'REVOCATION_STREAM_TOKEN'] as const).flatMap((name) => {
    const value = config[name]?.reveal();
    return value === undefined ? [] : [{ name, value }];
  });
  return given.flatMap(({ name, value }, index) =>
    given.slice(0, index).flatMap((other) => (other.value === value ? [`${name} must differ from ${other.name}`] : [])),
  );
};

const lifetimesFit: Rule = (config) =>
  config.ACCESS_TOKEN_EXPIRY > config.REFRESH_TOKEN_EXPIRY
    ? ['ACCESS_TOKEN_EXPIRY must not exceed REFRESH_TOKEN_EXPIRY']
    : [];

const addressIsKnown: Rule = (config) =>
  isProduction(config) && !config.PUBLIC_URL && !config.ISSUER
    ? ['PUBLIC_URL is needed in production: validators compare the issuer as an exact string']
    : [];

/** Every variable of the auth service. */
export const authConfig = defineConfig(
  fields,
  redisIsSound,
  databaseIsSound,
  storesBelongTogether,
  keysAreSound,
  secretsAreGiven,
  secretsDiffer,
  lifetimesFit,
  hashingIsBearable,
  addressIsKnown,
  mailIsSound,
  accountsAreSound,
  cookiesAreSound,
  providersAreSound,
  receiversAreSound,
  tracingIsSound,
);
