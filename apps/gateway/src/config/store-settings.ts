import { parseRedisSettings, type RedisEnvironment, type RedisSettings } from '@gatehouse/redis';
import { configFromEnvironment, InvalidConfiguration, type SessionValidatorConfig } from '@gatehouse/session-validator';
import type { Findings } from './findings.js';
import type { GatewayEnvironment } from './gateway.config.js';
import type { GatewayFile } from './schema/gateway-file.schema.js';

type RedisVariables = { -readonly [Name in keyof RedisEnvironment]: string };

/** Where Redis is: what the environment says, else `session.url` of the file. */
function redisVariables(env: GatewayEnvironment, url: string | undefined): RedisVariables {
  const all = {
    REDIS_URL: env.REDIS_URL?.reveal(),
    REDIS_ADDR: env.REDIS_ADDR,
    REDIS_HOST: env.REDIS_HOST,
    REDIS_CLUSTER_NODES: env.REDIS_CLUSTER_NODES?.reveal(),
    REDIS_SENTINELS: env.REDIS_SENTINELS?.reveal(),
  };
  const named = Object.values(all).some((value) => value !== undefined);
  const given = {
    ...all,
    ...(named ? {} : { REDIS_URL: url }),
    REDIS_ENABLED: String(env.REDIS_ENABLED),
    REDIS_PORT: env.REDIS_PORT,
    REDIS_USERNAME: env.REDIS_USERNAME,
    REDIS_PASSWORD: env.REDIS_PASSWORD?.reveal(),
    REDIS_DB: env.REDIS_DB?.toString(),
    REDIS_SENTINEL_MASTER: env.REDIS_SENTINEL_MASTER,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RedisVariables;
}

export interface Places {
  readonly redis?: RedisSettings;
  readonly validator: SessionValidatorConfig;
}

/** Where sessions are kept, and where the validator hears of keys and of ended sessions. */
export function placesOf({ session, auth }: GatewayFile, env: GatewayEnvironment, findings: Findings): Places {
  const variables = redisVariables(env, session.url);
  const { settings: redis, faults } = parseRedisSettings(variables);
  const fromFile = session.url !== undefined && variables.REDIS_URL === session.url;
  for (const fault of faults) {
    if (fromFile && fault.startsWith('REDIS_URL '))
      findings.fault(['session', 'url'], fault.slice('REDIS_URL '.length));
    else findings.outside(fault);
  }
  if (session.store === 'redis' && !redis && faults.length === 0) {
    const message = env.REDIS_ENABLED
      ? 'needs session.url, or REDIS_URL in the environment'
      : 'needs Redis, which REDIS_ENABLED=false leaves aside';
    findings.fault(['session', 'store'], message);
  }
  if (env.NODE_ENV === 'production' && redis) noteRisks(redis, findings);
  const feed = auth.feed ?? (redis ? 'redis' : 'sse');
  if (feed === 'redis' && !redis && session.store !== 'redis') {
    findings.fault(['auth', 'feed'], 'needs session.url, or REDIS_URL in the environment');
  }
  const validator = {
    ...keysOf(auth, env, findings),
    ...(feed === 'redis' ? redisForValidator(variables, findings) : { authUrl: auth.url.origin }),
    ...(feed === 'sse' ? { feedToken: env.REVOCATION_STREAM_TOKEN?.reveal() ?? auth.feedToken } : {}),
    issuer: auth.issuer,
    audience: auth.audience,
  };
  return { ...(redis && session.store === 'redis' ? { redis } : {}), validator };
}

/** What is taken in a closed network, and nowhere else. */
function noteRisks({ common }: RedisSettings, findings: Findings): void {
  const path = ['session', 'url'];
  if (!common.tls) findings.note(path, 'is not encrypted on its way; rediss:// is, beyond a network of your own');
  if (common.password === undefined)
    findings.note(path, 'has no password: whoever reaches Redis can end every session');
}

/** One way to the keys; the environment goes before the file. */
function keysOf(auth: GatewayFile['auth'], env: GatewayEnvironment, findings: Findings): SessionValidatorConfig {
  if (env.AUTH_TRUST_ANCHOR) return { trustAnchor: env.AUTH_TRUST_ANCHOR };
  if (env.JWKS_URI) return { jwksUri: env.JWKS_URI };
  if (env.JWT_SECRET) return { jwtSecret: env.JWT_SECRET.reveal() };
  if (auth.trustAnchor !== undefined && auth.jwksUri !== undefined) {
    findings.fault(['auth', 'jwksUri'], 'stands beside trustAnchor; keep one of them');
  }
  if (auth.trustAnchor !== undefined) return { trustAnchor: auth.trustAnchor };
  if (auth.jwksUri !== undefined) return { jwksUri: auth.jwksUri };
  findings.fault(
    ['auth', 'trustAnchor'],
    'is missing: the public root key of the auth service (or jwksUri, or JWT_SECRET)',
  );
  return {};
}

function redisForValidator(variables: RedisVariables, findings: Findings): SessionValidatorConfig {
  try {
    const { redis, redisUrl } = configFromEnvironment(variables);
    return { redis, redisUrl };
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    for (const fault of error.faults) findings.outside(fault);
    return {};
  }
}
