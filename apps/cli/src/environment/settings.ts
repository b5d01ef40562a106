import {
  cidrList,
  ConfigError,
  type ConfigOf,
  defineConfig,
  type Environment,
  flag,
  integer,
  loadConfig,
  oneOf,
  port,
  seconds,
  secret,
  text,
  url,
} from '@gatehouse/config';
import { parseRedisSettings, type ParsedRedis } from '@gatehouse/redis';
import { parseDatabaseSettings, type ParsedDatabase } from '@gatehouse/sql';
import { Trouble } from '../terminal/exit-code.js';

const fields = {
  NODE_ENV: oneOf('production', 'development', 'test').default('development').describe('As the services have it'),
  DATABASE_URL: secret({ minBytes: 1 }).optional().describe('The database of the auth service'),
  DB_HOST: text().optional().describe('Host of the database, in place of DATABASE_URL'),
  DB_PORT: port().default('3306').describe('Port of the database, beside DB_HOST'),
  DB_USER: text().optional().describe('User of the database, beside DB_HOST'),
  DB_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of the database, beside DB_HOST'),
  DB_NAME: text().optional().describe('Name of the database, beside DB_HOST'),
  DB_SSL: flag().default('false').describe('Speaks TLS with the database'),
  REDIS_ENABLED: flag().default('true').describe('false leaves Redis aside even where an address is given'),
  REDIS_URL: secret({ minBytes: 1 }).optional().describe('Redis, as redis://… , rediss://… (TLS) or host:port'),
  REDIS_ADDR: text().optional().describe('Redis, as host:port'),
  REDIS_HOST: text().optional().describe('Host of Redis'),
  REDIS_PORT: port().optional().describe('Port of Redis, beside REDIS_HOST'),
  REDIS_USERNAME: text().optional().describe('User of Redis, beside REDIS_PASSWORD'),
  REDIS_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of Redis'),
  REDIS_DB: integer({ min: 0, max: 9_999 }).optional().describe('Number of the Redis database'),
  REDIS_CLUSTER_NODES: text().optional().describe('Nodes of a Redis Cluster'),
  REDIS_SENTINELS: text().optional().describe('Redis Sentinels'),
  REDIS_SENTINEL_MASTER: text().optional().describe('Name of the primary, beside REDIS_SENTINELS'),
  RECEIPTS_ENABLED: flag().default('true').describe('Whether services report how far their list has come'),
  ACTIVITY_ENABLED: flag().default('true').describe('Whether services report the requests of sessions'),
  AUTH_URL: url().optional().describe('Base address of the auth service'),
  REVOCATION_STREAM_TOKEN: secret({ minBytes: 16 }).optional().describe('Bearer token for the event stream'),
  ADMIN_ACCESS_TOKEN: secret({ minBytes: 16 }).optional().describe('Access token of an administrator, for imports'),
  CLOCK_TOLERANCE_SECONDS: integer({ min: 0, max: 60 }).default('30').describe('Clock difference services forgive'),
  ACCESS_TOKEN_EXPIRY: seconds({ min: 1, max: 43_200 }).optional().describe('Life of an access token'),
  REFRESH_TOKEN_EXPIRY: seconds({ min: 1, max: 7_776_000 }).optional().describe('Longest life of a session'),
  SESSION_TTL: seconds({ min: 1, max: 7_776_000 }).optional().describe('A session ends when untouched this long'),
  TRUSTED_PROXIES: cidrList().optional().describe('Proxies whose X-Forwarded-For and X-Request-ID are believed'),
};

const schema = defineConfig(
  fields,
  (config) => redisOf(config).faults,
  (config) => databaseOf(config).faults,
);

/** The environment of a service, as far as this tool has to know it. */
export type Settings = ConfigOf<typeof fields>;

/** Longest life the auth service can be told to give an access token, in seconds. */
export const LONGEST_ACCESS_TOKEN_SECONDS = 43_200;

/** The settings, or what is wrong with them: names and rules, never values. */
export function readSettings(env: Environment): Settings | readonly string[] {
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** @throws {Trouble} `CONFIG_INVALID` */
export function soundSettings(env: Environment): Settings {
  const settings = readSettings(env);
  if (isFaults(settings)) throw new Trouble('CONFIG_INVALID', `the environment cannot be used: ${settings.join('; ')}`);
  return settings;
}

export function isFaults(settings: Settings | readonly string[]): settings is readonly string[] {
  return Array.isArray(settings);
}

export function redisOf(config: Settings): ParsedRedis {
  const given = {
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
    REDIS_ENABLED: String(config.REDIS_ENABLED),
  };
  return parseRedisSettings(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}

export function databaseOf(config: Settings): ParsedDatabase {
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
