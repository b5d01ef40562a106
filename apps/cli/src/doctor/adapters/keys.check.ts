import { KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import type { RedisConnection } from '@gatehouse/redis';
import {
  createSessionValidator,
  InvalidConfiguration,
  type SessionValidatorConfig,
} from '@gatehouse/session-validator';
import { found, type Finding } from '../finding.js';
import { askAuth } from './auth-service.js';

const BUNDLE_PATH = '.well-known/key-bundle.jws';

/** What a bundle says of itself. */
interface BundleFacts {
  readonly version: number;
  /** In seconds. */
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly maxTokenSeconds: number | undefined;
}

export interface KeysReport {
  readonly findings: readonly (Finding | undefined)[];
  /** Longest life of an access token, in seconds, where a bundle that holds says so. */
  readonly maxTokenSeconds: number | undefined;
}

/** Whom do services believe, and is the key bundle they read the one that is in force? */
export async function checkKeys(
  config: SessionValidatorConfig,
  redis: RedisConnection | undefined,
  toleranceSeconds: number,
): Promise<KeysReport> {
  const { trustAnchor, jwksUri, jwtSecret, authUrl } = config;
  if (trustAnchor === undefined) return { findings: [withoutAnchor(jwksUri, jwtSecret)], maxTokenSeconds: undefined };
  const [inRedis, served] = await Promise.all([
    redis?.get(KEY_BUNDLE_KEY).catch(() => null),
    authUrl === undefined ? undefined : askAuth(authUrl, BUNDLE_PATH),
  ]);
  const fromAuth = served?.status === 200 ? served.text.trim() : undefined;
  const text = redis ? inRedis : fromAuth;
  if (!text) {
    const isKnownMissing = redis !== undefined || served !== undefined;
    return {
      findings: [isKnownMissing ? found('KEY_BUNDLE_MISSING', 'key bundle') : undefined],
      maxTokenSeconds: undefined,
    };
  }
  const facts = await factsOf(text, trustAnchor);
  if (!('version' in facts)) return { findings: [facts], maxTokenSeconds: undefined };
  const newest = fromAuth === undefined || !redis ? undefined : await factsOf(fromAuth, trustAnchor);
  const isOutdated = newest !== undefined && 'version' in newest && newest.version > facts.version;
  return {
    findings: [
      isOutdated
        ? found('KEY_BUNDLE_OUTDATED', 'key bundle', `version ${facts.version}, served ${newest.version}`)
        : undefined,
      judgeTimes(facts, Date.now() / 1000, toleranceSeconds),
    ],
    maxTokenSeconds: facts.maxTokenSeconds,
  };
}

function withoutAnchor(jwksUri: string | undefined, jwtSecret: string | undefined): Finding | undefined {
  if (jwtSecret !== undefined) return found('SHARED_SECRET', 'JWT_SECRET');
  if (jwksUri === undefined) return found('TRUST_ANCHOR_MISSING', 'AUTH_TRUST_ANCHOR');
  return jwksUri.startsWith('http:') ? found('JWKS_PLAINTEXT', 'JWKS_URI') : undefined;
}

/** Verified by the library itself, so that the doctor cannot be of another mind than the services. */
async function factsOf(keyBundle: string, trustAnchor: string): Promise<BundleFacts | Finding> {
  try {
    const validator = createSessionValidator({ trustAnchor, keyBundle, feed: 'none', warn: () => undefined });
    const { version } = validator.health().keys;
    await validator.close();
    const payload = JSON.parse(Buffer.from(keyBundle.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    const number = (name: string) => (typeof payload[name] === 'number' ? payload[name] : undefined);
    return {
      version: version ?? 0,
      issuedAt: number('iat'),
      expiresAt: number('exp'),
      maxTokenSeconds: number('max_token_seconds'),
    };
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    const faults = error.faults.join('; ');
    return faults.startsWith('trustAnchor')
      ? found('CONFIG_INVALID', 'AUTH_TRUST_ANCHOR', faults)
      : found('KEY_BUNDLE_REFUSED', 'key bundle', faults);
  }
}

function judgeTimes(
  { issuedAt = 0, expiresAt }: BundleFacts,
  now: number,
  toleranceSeconds: number,
): Finding | undefined {
  if (issuedAt > now + toleranceSeconds) return found('KEY_BUNDLE_EXPIRED', 'key bundle', 'made in the future');
  const isOver = expiresAt !== undefined && expiresAt + toleranceSeconds < now;
  return isOver ? found('KEY_BUNDLE_EXPIRED', 'key bundle', `over for ${Math.round(now - expiresAt)} s`) : undefined;
}
