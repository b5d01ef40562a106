import { accessCookieWarnings } from './core/config/access-cookie.js';
import { activityOf } from './activity-of.js';
import { checkConfig } from './core/config/check-config.js';
import {
  DEFAULT_CLOCK_TOLERANCE_SECONDS,
  DEFAULT_MAX_TOKEN_SECONDS,
  DEFAULT_TOKEN_CACHE_BYTES,
  type SessionValidatorConfig,
} from './core/config/config.js';
import { configFromEnvironment } from './core/config/config-from-environment.js';
import type { RevocationFeed } from './core/feed/feed.port.js';
import { readJwks, readKeyBundle, readTrustAnchors } from './core/keys/key-documents.js';
import { KeyRing, type KeySource } from './core/keys/key-ring.js';
import { singleKeySet, type KeySet } from './core/keys/key-set.js';
import { SessionValidator } from './core/session-validator.js';
import { systemTime, type Time } from './core/time.js';
import { importSecret } from './jws/verification-key.js';
import { openTelemetry } from './otel/open-telemetry.js';
import { withReceipts } from './receipts-of.js';
import { RedisFeed } from './redis/redis-feed.js';
import { RedisKeySource } from './redis/redis-key-source.js';
import { RedisLink } from './redis/redis-link.js';
import { PolledKeySource } from './remote-keys/polled-key-source.js';
import { SseFeed } from './sse/sse-feed.js';

type Warn = (message: string) => void;

/**
 * A validator that has begun to read keys and revocations; `ready()` tells when it has them. Close it when the service
 * ends.
 *
 * @param config - read from the environment when left out, see {@link configFromEnvironment}
 * @throws {InvalidConfiguration} naming every fault at once.
 */
export function createSessionValidator(
  config: SessionValidatorConfig = configFromEnvironment(process.env),
): SessionValidator {
  checkConfig(config);
  const time = config.time ?? systemTime;
  const warn = config.warn ?? ((message) => process.emitWarning(message, 'SessionValidatorWarning'));
  warnOfWeakness(config, warn);

  const link = redisLink(config, warn);
  const validator = new SessionValidator({
    time,
    warn,
    clockToleranceSeconds: config.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    freshness: config.freshness ?? 'open',
    accessCookie: config.accessCookie && structuredClone(config.accessCookie),
    tokenCacheBytes: config.tokenCacheBytes ?? DEFAULT_TOKEN_CACHE_BYTES,
    feed: withReceipts(
      feedOf(config, link, time, warn),
      config,
      link,
      belowAuth(config, 'api/v1/revocations/receipts'),
      time,
      warn,
    ),
    activity: activityOf(config, link, belowAuth(config, 'api/v1/sessions/activity'), time, warn),
    keys: (onReplaced) => keyRing(config, link, time, warn, onReplaced),
    tracing: config.tracing === false ? undefined : openTelemetry(),
  });
  validator.start();
  return validator;
}

function redisLink({ redis, redisUrl }: SessionValidatorConfig, warn: Warn): RedisLink | undefined {
  const address = redis ?? redisUrl;
  return address === undefined ? undefined : new RedisLink(address, warn);
}

function feedOf(
  { feed, authUrl, feedToken }: SessionValidatorConfig,
  link: RedisLink | undefined,
  time: Time,
  warn: Warn,
): RevocationFeed | undefined {
  if (feed !== undefined) return feed === 'none' ? undefined : feed;
  if (link) return new RedisFeed(link, time);
  return authUrl === undefined
    ? undefined
    : new SseFeed(below(authUrl, 'api/v1/revocations/stream'), feedToken, time, warn);
}

function belowAuth({ authUrl }: SessionValidatorConfig, path: string): string | undefined {
  return authUrl === undefined ? undefined : below(authUrl, path);
}

function keyRing(
  config: SessionValidatorConfig,
  link: RedisLink | undefined,
  time: Time,
  warn: Warn,
  onReplaced: () => void,
): KeyRing {
  const { trustAnchor, keyBundle, jwksUri, jwks, jwtSecret } = config;
  const make = (read: (document: string) => KeySet, initial?: KeySet, source?: KeySource) =>
    new KeyRing(read, time, warn, onReplaced, initial, source);

  if (trustAnchor !== undefined) {
    const roots = readTrustAnchors(trustAnchor);
    const read = (document: string) => readKeyBundle(document, roots, config);
    const initial = keyBundle === undefined ? undefined : read(keyBundle);
    return make(read, initial, bundleSource(config, link, warn));
  }
  const facts = {
    // Both are there: the configuration was checked.
    issuer: config.issuer ?? '',
    audience: config.audience ?? '',
    maxTokenSeconds: config.maxTokenSeconds ?? DEFAULT_MAX_TOKEN_SECONDS,
    version: 0,
  };
  const read = (document: string) => readJwks(document, facts);
  if (jwksUri !== undefined) return make(read, undefined, new PolledKeySource(jwksUri, warn));
  if (jwks !== undefined) return make(read, read(JSON.stringify(jwks)));
  return make(read, singleKeySet(facts, importSecret(Buffer.from(jwtSecret ?? ''))));
}

function bundleSource(
  { authUrl, keySource }: SessionValidatorConfig,
  link: RedisLink | undefined,
  warn: Warn,
): KeySource | undefined {
  if (keySource) return keySource;
  if (link) return new RedisKeySource(link);
  return authUrl === undefined ? undefined : new PolledKeySource(below(authUrl, '.well-known/key-bundle.jws'), warn);
}

/** A path under a base address that may have a path of its own. */
function below(base: string, path: string): string {
  return new URL(path, base.endsWith('/') ? base : `${base}/`).href;
}

function warnOfWeakness({ jwtSecret, jwksUri, feed, accessCookie }: SessionValidatorConfig, warn: Warn): void {
  if (jwtSecret !== undefined) {
    warn('Tokens are checked with a shared secret (HS256): every service that holds it can mint tokens.');
  }
  if (jwksUri?.startsWith('http:')) {
    warn('The JWK Set is read over plain http: whoever answers in its place can mint tokens.');
  }
  if (feed === 'none') warn('Revocation is off: an ended session is accepted until its token expires.');
  for (const warning of accessCookie ? accessCookieWarnings(accessCookie) : []) warn(warning);
}
