import { ACCESS_TOKEN_TYPE } from '@gatehouse/contracts';
import { parseCompactJws, parseJsonObject, type KnownHeader } from '../../jws/compact.js';
import { headerFault, signatureFault } from '../../jws/verify-compact-jws.js';
import { checkClaims, type VerifiedAccessToken } from './claims.js';
import type { KeySet } from '../keys/key-set.js';
import { refused, type Refused } from '../verdict.js';

/** Larger tokens are refused before anything is parsed. */
export const MAX_TOKEN_CHARACTERS = 8 * 1024;

const ACCEPTED_TYPES: ReadonlySet<unknown> = new Set([ACCESS_TOKEN_TYPE, `application/${ACCESS_TOKEN_TYPE}`]);

/** Other JWTs of the same issuer (ID tokens, logout tokens) are no access tokens (RFC 8725 §3.11, RFC 9068 §4). */
export function hasAcceptedType(header: Readonly<Record<string, unknown>>): boolean {
  return ACCEPTED_TYPES.has(header['typ']);
}

const lastHeader: KnownHeader = { part: '', members: {} };

/** The header names a key we do not have: perhaps it is newer than our keys. */
export const UNKNOWN_KEY = 'unknown-key';

/**
 * Checks what never changes about a token: form, header, signature, claims. The order is part of the promise: cheap
 * before dear, and nothing of the payload is read before the signature stands.
 */
export function verifyToken(
  token: string,
  keys: KeySet,
  clockToleranceSeconds: number,
  nowMs: number,
): VerifiedAccessToken | Refused | typeof UNKNOWN_KEY {
  const jws = parseCompactJws(token, lastHeader);
  if (typeof jws === 'string') return invalid(jws);

  const { header } = jws;
  if (!hasAcceptedType(header)) return invalid('"typ" is not that of an access token');
  const named = keys.find(header['kid']);
  if (!named) return UNKNOWN_KEY;
  const fault = headerFault(header, named.key) ?? signatureFault(jws, named.key);
  if (fault) return invalid(fault);

  const payload = parseJsonObject(jws.payload);
  if (typeof payload === 'string') return invalid(`payload: ${payload}`);
  return checkClaims(payload, { ...keys, clockToleranceSeconds }, nowMs, named.kid);
}

export function invalid(what: string): Refused {
  return refused('TOKEN_INVALID', `The access token is not valid: ${what}.`);
}
