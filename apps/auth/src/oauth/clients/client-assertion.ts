import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { SERVICE_ACCOUNT_ID_PATTERN } from '@gatehouse/contracts';
import { verifyCompactJws } from '@gatehouse/session-validator/jws';
import { CLIENT_KEY_ALGORITHMS } from '../../service-accounts/client-keys.js';
import type { ClientKey } from '../../service-accounts/service-account.js';

/** What a proof (RFC 7523 §3) states, once it has the right form. Nothing of it is true before its signature is. */
export interface StatedAssertion {
  readonly clientId: string;
  /** Names it, so that it is good once. */
  readonly tokenId: string;
  readonly expiresAt: number;
  readonly kid: string | undefined;
}

export interface AssertionRules {
  /** `iss` of our tokens: the only `aud` that is taken. */
  readonly issuer: string;
  /** How far ahead it may expire, and how long ago it may have been made, in seconds. */
  readonly maxAgeSeconds: number;
  readonly nowSeconds: number;
}

/** Clocks of clients differ from ours. */
export const ASSERTION_TOLERANCE_SECONDS = 30;
const MAX_CHARACTERS = 4_096;
const MAX_TOKEN_ID_CHARACTERS = 255;

/**
 * Reads a proof and checks all of it but the signature, which needs the client's keys.
 *
 * `aud` must be our issuer, alone: a proof that names the token endpoint could have been got out of the client by another server that
 * pretended to have ours.
 *
 * @returns `undefined` for what cannot be a proof for us, now.
 */
export function readAssertion(assertion: string, rules: AssertionRules): StatedAssertion | undefined {
  if (assertion.length > MAX_CHARACTERS) return undefined;
  const [header, claims] = assertion.split('.', 2).map(jsonOf);
  if (!header || !claims) return undefined;
  const { iss, sub, aud, exp, iat, nbf, jti } = claims;
  const { issuer, maxAgeSeconds, nowSeconds: now } = rules;
  const audience: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  const isAboutUs =
    typeof sub === 'string' && SERVICE_ACCOUNT_ID_PATTERN.test(sub) && iss === sub && audience === issuer;
  if (!isAboutUs || !isTokenId(jti) || !isInstant(exp)) return undefined;
  const tolerance = ASSERTION_TOLERANCE_SECONDS;
  const isInTime =
    now < exp + tolerance &&
    exp <= now + maxAgeSeconds + tolerance &&
    (iat === undefined || (isInstant(iat) && iat <= now + tolerance && now <= iat + maxAgeSeconds + tolerance)) &&
    (nbf === undefined || (isInstant(nbf) && nbf <= now + tolerance));
  const { kid } = header;
  const named = typeof kid === 'string' ? kid : undefined;
  return isInTime ? { clientId: sub, tokenId: jti, expiresAt: exp, kid: named } : undefined;
}

/** Whose proof it says it is. For counting; nothing of it is true. */
export function statedClientId(assertion: string): string | undefined {
  if (assertion.length > MAX_CHARACTERS) return undefined;
  const [, claims] = assertion.split('.', 2).map(jsonOf);
  const sub = claims?.['sub'];
  return typeof sub === 'string' ? sub : undefined;
}

/** Whether one of the client's keys signed it; the one it names, where it names one. */
export function isSignedByClient(assertion: string, kid: string | undefined, keys: readonly ClientKey[]): boolean {
  const candidates = kid === undefined ? keys : keys.filter((key) => key.kid === kid || key.kid === undefined);
  // The same work where there is no such client or key: time must not tell which clients there are.
  const tried = candidates.length > 0 ? candidates : [nobodysKey];
  return tried.some((key) => isSignedBy(assertion, key)) && candidates.length > 0;
}

function isSignedBy(assertion: string, key: ClientKey): boolean {
  const verdict = verifyCompactJws(assertion, key as JsonWebKey, { algorithms: [...CLIENT_KEY_ALGORITHMS] });
  // A token of ours, or another kind of JWT that the client signs, is no proof of who it is (RFC 8725 §3.11).
  return (
    verdict.ok && ['JWT', 'client-authentication+jwt', undefined].includes(verdict.header['typ'] as string | undefined)
  );
}

const nobodysKey: ClientKey = {
  ...(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as Pick<ClientKey, 'kty'>),
  alg: 'ES256',
  use: 'sig',
};

const isInstant = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
const isTokenId = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TOKEN_ID_CHARACTERS;

/** Once the signature is found good, duplicates and the like are ruled out; until then only a client id is read from it. */
function jsonOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
