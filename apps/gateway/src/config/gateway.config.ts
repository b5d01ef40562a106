import {
  cidrList,
  type ConfigOf,
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

const DAY_SECONDS = 86_400;

const fields = {
  GATEWAY_CONFIG: text({ maxLength: 4_096 })
    .default('gateway.yaml')
    .describe('The file with routes, upstreams and providers'),
  NODE_ENV: oneOf('production', 'development', 'test')
    .default('development')
    .describe('Kind of environment. In production https, Redis and given keys are needed'),
  PORT: port().optional().describe('Where it listens, in place of the port of server.listen'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .default('info')
    .describe('Least severity that is logged'),
  TRUSTED_PROXIES: cidrList().optional().describe('In place of server.trustedProxies'),
  INTERNAL_NETWORKS: cidrList()
    .default(PRIVATE_NETWORKS.join(','))
    .describe('Who may ask for /metrics; others, and whoever a proxy says is elsewhere, get 404'),
  SESSION_TTL: seconds({ min: 60, max: 90 * DAY_SECONDS })
    .optional()
    .describe('In place of session.idle'),
  REDIS_ENABLED: flag().default('true').describe('false leaves Redis aside even where an address is given'),
  REDIS_URL: secret({ minBytes: 1 })
    .optional()
    .describe('Redis, as redis://… , rediss://… (TLS) or host:port; in place of session.url'),
  REDIS_ADDR: text().optional().describe('Redis, as host:port'),
  REDIS_HOST: text().optional().describe('Host of Redis'),
  REDIS_PORT: text().optional().describe('Port of Redis, beside REDIS_HOST'),
  REDIS_USERNAME: text().optional().describe('Name of the account at Redis, where it is not the default one'),
  REDIS_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of Redis'),
  REDIS_DB: integer({ min: 0, max: 9_999 }).optional().describe('Number of the Redis database'),
  REDIS_CLUSTER_NODES: secret({ minBytes: 1 }).optional().describe('Nodes of a Redis Cluster, as host:port,host:port'),
  REDIS_SENTINELS: secret({ minBytes: 1 }).optional().describe('Redis Sentinels, as host:port,host:port'),
  REDIS_SENTINEL_MASTER: text().optional().describe('Name of the primary, beside REDIS_SENTINELS'),
  AUTH_TRUST_ANCHOR: text({ maxLength: 16_384 }).optional().describe('In place of auth.trustAnchor'),
  JWKS_URI: url().optional().describe('In place of auth.jwksUri'),
  JWT_SECRET: secret({ minBytes: 32 })
    .optional()
    .describe('Shared secret of the HS256 mode of the auth service, in place of AUTH_TRUST_ANCHOR'),
  REVOCATION_STREAM_TOKEN: secret({ minBytes: 16 }).optional().describe('In place of auth.feedToken'),
  ...tracingFields,
};

export type GatewayEnvironment = ConfigOf<typeof fields>;

/** Every variable the gateway reads by name. Where one is set, it goes before what the file says. */
export const gatewayConfig = defineConfig(fields, tracingIsSound);
