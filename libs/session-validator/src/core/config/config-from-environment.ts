import { readFileSync } from 'node:fs';
import type { AccessCookie } from './access-cookie.js';
import { InvalidConfiguration, type SessionValidatorConfig } from './config.js';
import { redisFromEnvironment } from './redis-from-environment.js';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration from environment variables: `REDIS_URL` (or `REDIS_ADDR`, or `REDIS_HOST` and `REDIS_PORT`, or
 * `REDIS_SENTINELS` and `REDIS_SENTINEL_MASTER`, or `REDIS_CLUSTER_NODES`; with `REDIS_USERNAME`, `REDIS_PASSWORD` and
 * `REDIS_DB`; `REDIS_ENABLED=false` ignores them all), `AUTH_TRUST_ANCHOR`, `AUTH_URL`, `REVOCATION_STREAM_TOKEN`,
 * `JWKS_URI`, `JWT_SECRET`, `AUTH_ISSUER`, `AUTH_AUDIENCE`, `CLOCK_TOLERANCE_SECONDS`, `SERVICE_NAME`, `INSTANCE_NAME`,
 * `RECEIPTS_ENABLED`, `ACTIVITY_ENABLED`, `ACCESS_COOKIE` and, with a comma between, `COOKIE_ORIGINS`. Each may be given as a file whose path is in the name with `_FILE` added. An empty variable is one
 * that is not set.
 *
 * @throws {InvalidConfiguration} when a file or a list of servers cannot be read; everything else is found at
 *   construction.
 */
export function configFromEnvironment(environment: Environment): SessionValidatorConfig {
  const read = (name: string) => variable(environment, name);
  const tolerance = read('CLOCK_TOLERANCE_SECONDS');
  return {
    ...redisFromEnvironment(read),
    authUrl: read('AUTH_URL'),
    feedToken: read('REVOCATION_STREAM_TOKEN'),
    trustAnchor: read('AUTH_TRUST_ANCHOR'),
    jwksUri: read('JWKS_URI'),
    jwtSecret: read('JWT_SECRET'),
    issuer: read('AUTH_ISSUER'),
    audience: read('AUTH_AUDIENCE'),
    accessCookie: accessCookie(read('ACCESS_COOKIE'), read('COOKIE_ORIGINS')),
    receipts: isOff(read('RECEIPTS_ENABLED')) ? false : undefined,
    activity: isOff(read('ACTIVITY_ENABLED')) ? false : undefined,
    serviceName: read('SERVICE_NAME'),
    instanceName: read('INSTANCE_NAME'),
    clockToleranceSeconds: tolerance === undefined ? undefined : Number(tolerance),
  };
}

/** The origins alone name no cookie: other parts of a service may read them too. */
function accessCookie(name: string | undefined, origins = ''): AccessCookie | undefined {
  if (name === undefined) return undefined;
  const allowedOrigins = origins.split(',').map((origin) => origin.trim());
  return { name, allowedOrigins: allowedOrigins.filter((origin) => origin !== '') };
}

function isOff(text: string | undefined): boolean {
  return ['false', '0', 'no', 'off'].includes(text?.toLowerCase() ?? '');
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  if (value) return value;
  const path = environment[`${name}_FILE`]?.trim();
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    throw new InvalidConfiguration([`${name}_FILE: names a file that cannot be read`]);
  }
}
