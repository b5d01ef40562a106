import { MAX_CLOCK_TOLERANCE_SECONDS, VALIDATOR_NAME_PATTERN } from '@gatehouse/contracts';
import { MIN_SECRET_BYTES } from '../../jws/verification-key.js';
import { accessCookieFaults } from './access-cookie.js';
import { InvalidConfiguration, type RedisConnection, type SessionValidatorConfig } from './config.js';
import { KeyDocumentFault, readJwks, readKeyBundle, readTrustAnchors } from '../keys/key-documents.js';
import { redisAddress } from './redis-address.js';
import { isFreshness } from '../verdict.js';

/** Fewer different bytes than this in a secret: it was typed, not drawn. */
const MIN_DIFFERENT_BYTES = 8;

const KEY_SOURCES = ['trustAnchor', 'jwksUri', 'jwks', 'jwtSecret'] as const;

/**
 * Finds everything wrong with a configuration, before anything is started.
 *
 * @throws {InvalidConfiguration} with one readable list.
 */
export function checkConfig(config: SessionValidatorConfig): void {
  const faults = [
    ...keyFaults(config),
    ...feedFaults(config),
    ...numberFaults(config),
    ...freshnessFaults(config),
    ...receiptFaults(config),
    ...accessCookieFaults(config.accessCookie),
  ];
  if (faults.length > 0) throw new InvalidConfiguration(faults);
}

function keyFaults(config: SessionValidatorConfig): string[] {
  const given = KEY_SOURCES.filter((name) => config[name] !== undefined);
  if (given.length === 0) {
    return ['trustAnchor (AUTH_TRUST_ANCHOR): is missing; or give jwksUri (JWKS_URI), jwks or jwtSecret (JWT_SECRET)'];
  }
  const faults: string[] = [];
  if (given.length > 1) faults.push(`${given.join(', ')}: give one of them, so that it is plain whom to trust`);
  if (config.trustAnchor === undefined) {
    if (!config.issuer) faults.push('issuer (AUTH_ISSUER): is required without a trustAnchor');
    if (!config.audience) faults.push('audience (AUTH_AUDIENCE): is required without a trustAnchor');
    if (config.keyBundle !== undefined) faults.push('keyBundle: needs a trustAnchor to be verified with');
  } else {
    faults.push(...bundleFaults(config, config.trustAnchor));
  }
  if (config.jwksUri !== undefined && !isHttpUrl(config.jwksUri)) {
    faults.push('jwksUri (JWKS_URI): is no http(s) address');
  }
  if (config.jwks !== undefined) {
    const text = JSON.stringify(config.jwks);
    const facts = { issuer: '', audience: '', maxTokenSeconds: 0, version: 0 };
    faults.push(...faultOf('jwks', () => readJwks(text, facts)));
  }
  if (config.jwtSecret !== undefined) faults.push(...secretFaults(config.jwtSecret));
  return faults;
}

function bundleFaults(config: SessionValidatorConfig, trustAnchor: string): string[] {
  const faults = faultOf('trustAnchor (AUTH_TRUST_ANCHOR)', () => readTrustAnchors(trustAnchor));
  const { keyBundle } = config;
  if (keyBundle !== undefined && faults.length === 0) {
    faults.push(...faultOf('keyBundle', () => readKeyBundle(keyBundle, readTrustAnchors(trustAnchor), {})));
  }
  if (keyBundle === undefined && config.keySource === undefined && !hasTransport(config)) {
    faults.push('redisUrl (REDIS_URL) or authUrl (AUTH_URL): is missing; key bundles come from there');
  }
  return faults;
}

function secretFaults(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const name = 'jwtSecret (JWT_SECRET)';
  // A public key taken for a secret is the oldest forgery of them all: everybody knows it.
  if (/-----BEGIN|"kty"/.test(secret)) return [`${name}: is a key, not a secret`];
  if (bytes.length < MIN_SECRET_BYTES) return [`${name}: is shorter than ${MIN_SECRET_BYTES} bytes`];
  if (new Set(bytes).size < MIN_DIFFERENT_BYTES) return [`${name}: repeats itself; draw it at random`];
  return [];
}

function feedFaults(config: SessionValidatorConfig): string[] {
  const { redisUrl, redis, authUrl, feed } = config;
  const faults: string[] = [];
  if (redisUrl !== undefined && redis !== undefined) faults.push('redisUrl, redis: give one of them');
  if (redisUrl !== undefined && !redisAddress(redisUrl)) faults.push('redisUrl (REDIS_URL): is no Redis address');
  if (redis !== undefined) faults.push(...redisFaults(redis));
  if (authUrl !== undefined && !isHttpUrl(authUrl)) faults.push('authUrl (AUTH_URL): is no http(s) address');
  if (feed === undefined && !hasTransport(config)) {
    faults.push("redisUrl (REDIS_URL) or authUrl (AUTH_URL): is missing; or opt out of revocation with feed: 'none'");
  }
  return faults;
}

function redisFaults({ host, sentinels, name, cluster, db }: RedisConnection): string[] {
  const faults: string[] = [];
  if ([host, sentinels, cluster].filter((place) => place !== undefined).length > 1) {
    faults.push('redis: give one of host, sentinels and cluster');
  }
  if (sentinels?.length === 0 || cluster?.length === 0) faults.push('redis: names no server');
  if (sentinels !== undefined && !name) faults.push('redis: sentinels need the name of the master they watch');
  if (cluster !== undefined && db) faults.push('redis: a cluster has no database but 0');
  return faults;
}

function numberFaults({ clockToleranceSeconds, maxTokenSeconds, tokenCacheBytes }: SessionValidatorConfig): string[] {
  const faults: string[] = [];
  const within = (value: number | undefined, least: number, most: number) =>
    value === undefined || (Number.isFinite(value) && value >= least && value <= most);
  if (!within(clockToleranceSeconds, 0, MAX_CLOCK_TOLERANCE_SECONDS)) {
    // Revocations are kept that much longer than tokens live; with more, one could be forgotten too early.
    faults.push(`clockToleranceSeconds (CLOCK_TOLERANCE_SECONDS): is not within 0 and ${MAX_CLOCK_TOLERANCE_SECONDS}`);
  }
  if (!within(maxTokenSeconds, 1, Number.MAX_SAFE_INTEGER)) faults.push('maxTokenSeconds: is not a positive number');
  if (!within(tokenCacheBytes, 0, Number.MAX_SAFE_INTEGER)) faults.push('tokenCacheBytes: is not a number of bytes');
  return faults;
}

function freshnessFaults({ freshness, feed }: SessionValidatorConfig): string[] {
  if (freshness === undefined || freshness === 'open') return [];
  if (!isFreshness(freshness)) return ["freshness: is neither 'open', 'closed' nor { boundedSeconds } above 0"];
  return feed === 'none' ? ["freshness: without a feed only 'open' can be kept"] : [];
}

function receiptFaults({ serviceName, instanceName, receipts, feed }: SessionValidatorConfig): string[] {
  const faults: string[] = [];
  const rule = 'is not 1 to 64 letters, digits and . _ : @ / -, beginning with a letter or digit';
  if (serviceName !== undefined && !VALIDATOR_NAME_PATTERN.test(serviceName)) {
    faults.push(`serviceName (SERVICE_NAME): ${rule}`);
  }
  if (instanceName !== undefined && !VALIDATOR_NAME_PATTERN.test(instanceName)) {
    faults.push(`instanceName (INSTANCE_NAME): ${rule}`);
  }
  if (receipts && feed === 'none') faults.push('receipts: without a feed there is nothing to report');
  return faults;
}

function hasTransport({ redisUrl, redis, authUrl }: SessionValidatorConfig): boolean {
  return redisUrl !== undefined || redis !== undefined || authUrl !== undefined;
}

function faultOf(name: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof KeyDocumentFault) return [`${name}: ${error.message}`];
    throw error;
  }
}

function isHttpUrl(text: string): boolean {
  return ['http:', 'https:'].includes(parseUrl(text)?.protocol ?? '');
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
