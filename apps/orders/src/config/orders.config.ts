import {
  type ConfigOf,
  type ConfigRule,
  defineConfig,
  flag,
  integer,
  oneOf,
  port,
  secret,
  text,
  url,
  cidrList,
} from '@gatehouse/config';
import { PRIVATE_NETWORKS, tracingFields, tracingIsSound } from '@gatehouse/nest-kit';
import { type ParsedDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import { configFromEnvironment, InvalidConfiguration, type SessionValidatorConfig } from '@gatehouse/session-validator';
import { join } from 'node:path';

const fields = {
  AUTH_TRUST_ANCHOR: text({ maxLength: 4_096 })
    .optional()
    .describe('Public root key of the auth service: PEM, JWK, or base64 of its DER'),
  REDIS_URL: secret({ minBytes: 1 }).optional().describe('Redis of the auth service: carries revocations and keys'),
  REDIS_ADDR: text().optional().describe('Redis, as host:port'),
  REDIS_HOST: text().optional().describe('Host of Redis'),
  REDIS_PORT: port().optional().describe('Port of Redis, beside REDIS_HOST'),
  REDIS_USERNAME: text().optional().describe('Name of the account at Redis, where it is not the default one'),
  REDIS_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of Redis'),
  REDIS_DB: integer({ min: 0, max: 9_999 }).optional().describe('Number of the Redis database'),
  REDIS_CLUSTER_NODES: secret({ minBytes: 1 }).optional().describe('Nodes of a Redis Cluster, as host:port,host:port'),
  REDIS_SENTINELS: secret({ minBytes: 1 }).optional().describe('Redis Sentinels, as host:port,host:port'),
  REDIS_SENTINEL_MASTER: text().optional().describe('Name of the primary, beside REDIS_SENTINELS'),
  AUTH_URL: url().optional().describe('Address of the auth service, where there is no Redis: revocations over HTTP'),
  REVOCATION_STREAM_TOKEN: secret({ minBytes: 16 }).optional().describe('Bearer token for the stream of AUTH_URL'),
  JWKS_URI: url().optional().describe('Keys from a JWK Set, in place of AUTH_TRUST_ANCHOR'),
  JWT_SECRET: secret({ minBytes: 32 })
    .optional()
    .describe('Shared secret of the HS256 mode, in place of AUTH_TRUST_ANCHOR'),
  AUTH_ISSUER: text().optional().describe('`iss` to accept; from the key bundle when absent'),
  AUTH_AUDIENCE: text().optional().describe('`aud` to accept; from the key bundle when absent'),
  ACTIVITY_ENABLED: flag().default('true').describe('Reports the requests of sessions to the auth service'),
  ACCESS_COOKIE: text()
    .optional()
    .describe(
      'Cookie in which browsers may send the token, `__Host-sid_at` of the auth service for one; none when absent',
    ),
  COOKIE_ORIGINS: text()
    .optional()
    .describe('Origins of the pages that may use the cookie, as https://app.example, separated by commas'),
  NODE_ENV: oneOf('production', 'development', 'test').default('development').describe('Kind of environment'),
  PORT: port().default('8081').describe('Where it listens'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .default('info')
    .describe('Least severity that is logged'),
  DATA_DIR: text().default('.data').describe('Folder of the embedded database'),
  DATABASE_URL: secret({ minBytes: 1 })
    .optional()
    .describe('MySQL or MariaDB, as mysql://user:password@host:port/name; an SQLite file in DATA_DIR when absent'),
  TRUSTED_PROXIES: cidrList().default('').describe('Proxies whose X-Forwarded-For and X-Request-ID are believed'),
  INTERNAL_NETWORKS: cidrList()
    .default(PRIVATE_NETWORKS.join(','))
    .describe('Who may ask for /metrics and /docs; others, and whoever a proxy says is elsewhere, get 404'),
  READY_REQUIRES_FEED: flag()
    .default('false')
    .describe('Makes /ready fail while the feed is stale, instead of saying "degraded"'),
  ...tracingFields,
};

export type OrdersSettings = ConfigOf<typeof fields>;
type Rule = ConfigRule<typeof fields>;

/** Where orders are kept. */
export function databaseOf(settings: OrdersSettings): ParsedDatabase {
  const given = settings.DATABASE_URL?.reveal();
  return parseDatabaseSettings({ DATABASE_URL: given ?? `sqlite:${join(settings.DATA_DIR, 'orders.sqlite')}` });
}

/** What the validator needs, from settings that may have come out of files. */
export function validatorConfigOf(settings: OrdersSettings): SessionValidatorConfig {
  return configFromEnvironment({
    AUTH_TRUST_ANCHOR: settings.AUTH_TRUST_ANCHOR,
    REDIS_URL: settings.REDIS_URL?.reveal(),
    REDIS_ADDR: settings.REDIS_ADDR,
    REDIS_HOST: settings.REDIS_HOST,
    REDIS_PORT: settings.REDIS_PORT?.toString(),
    REDIS_USERNAME: settings.REDIS_USERNAME,
    REDIS_PASSWORD: settings.REDIS_PASSWORD?.reveal(),
    REDIS_DB: settings.REDIS_DB?.toString(),
    REDIS_CLUSTER_NODES: settings.REDIS_CLUSTER_NODES?.reveal(),
    REDIS_SENTINELS: settings.REDIS_SENTINELS?.reveal(),
    REDIS_SENTINEL_MASTER: settings.REDIS_SENTINEL_MASTER,
    AUTH_URL: settings.AUTH_URL,
    REVOCATION_STREAM_TOKEN: settings.REVOCATION_STREAM_TOKEN?.reveal(),
    JWKS_URI: settings.JWKS_URI,
    JWT_SECRET: settings.JWT_SECRET?.reveal(),
    AUTH_ISSUER: settings.AUTH_ISSUER,
    AUTH_AUDIENCE: settings.AUTH_AUDIENCE,
    ACCESS_COOKIE: settings.ACCESS_COOKIE,
    COOKIE_ORIGINS: settings.COOKIE_ORIGINS,
    ACTIVITY_ENABLED: String(settings.ACTIVITY_ENABLED),
  });
}

const databaseIsSound: Rule = (settings) => databaseOf(settings).faults;

const keysAreNamed: Rule = ({ AUTH_TRUST_ANCHOR, JWKS_URI, JWT_SECRET }) =>
  AUTH_TRUST_ANCHOR || JWKS_URI || JWT_SECRET
    ? []
    : ['AUTH_TRUST_ANCHOR is missing: the public root key of the auth service (or JWKS_URI, or JWT_SECRET)'];

const feedIsNamed: Rule = (settings) => {
  try {
    const { redisUrl, redis, authUrl } = validatorConfigOf(settings);
    if (redisUrl ?? redis ?? authUrl) return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.faults;
    throw error;
  }
  return ['REDIS_URL is missing: the Redis of the auth service (or AUTH_URL, where there is none)'];
};

/** Every variable of the orders service. The first two are all it needs. */
export const ordersConfig = defineConfig(fields, databaseIsSound, keysAreNamed, feedIsNamed, tracingIsSound);
