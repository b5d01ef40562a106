import type { SigningAlgorithm } from '@gatehouse/contracts';
import type { JsonWebKey } from 'node:crypto';
import { parseCompactJws, type CompactJws } from './compact.js';
import { importJwk, UnusableKey, type VerificationKey } from './verification-key.js';

/** Header and payload of a JWS whose signature stands, or what is wrong with it. */
export type JwsVerdict =
  | {
      readonly ok: true;
      /** Protected header. `typ` is the caller's to check (RFC 8725 §3.11). */
      readonly header: Readonly<Record<string, unknown>>;
      readonly payload: Buffer;
    }
  | { readonly ok: false; readonly message: string };

/** What the caller accepts. */
export interface JwsOptions {
  /**
   * The algorithms to accept. The key decides which of them it serves; the token's header only has to agree. `Ed25519` is the
   * newer name of `EdDSA` with an Ed25519 key (RFC 9864 §2.2): beside `EdDSA` it lets a header say so.
   */
  readonly algorithms: readonly (SigningAlgorithm | 'Ed25519')[];
}

/**
 * Verifies a compact JWS (RFC 7515 §5.2) with one key. Keys and key addresses in the header (`jwk`, `jku`, `x5c`, `x5u`)
 * are ignored; `crit`, `b64` and `zip` are refused, since nothing here implements an extension.
 *
 * @returns a value in every case; the message names no part of the token.
 */
export function verifyCompactJws(token: string, jwk: JsonWebKey, options: JwsOptions): JwsVerdict {
  let key: VerificationKey;
  try {
    key = importJwk(jwk);
  } catch (error) {
    if (error instanceof UnusableKey) return { ok: false, message: error.message };
    throw error;
  }
  return verifyWithKey(token, key, options);
}

/** As {@link verifyCompactJws}, with a key that was imported before. */
export function verifyWithKey(token: string, key: VerificationKey, { algorithms }: JwsOptions): JwsVerdict {
  const jws = parseCompactJws(token);
  if (typeof jws === 'string') return { ok: false, message: jws };
  if (!algorithms.includes(key.algorithm)) return { ok: false, message: 'the key serves no accepted algorithm' };
  const isNewName = algorithms.includes('Ed25519') && key.algorithm === 'EdDSA' && jws.header['alg'] === 'Ed25519';
  const header = isNewName ? { ...jws.header, alg: key.algorithm } : jws.header;
  const fault = headerFault(header, key) ?? signatureFault(jws, key);
  return fault ? { ok: false, message: fault } : { ok: true, header: jws.header, payload: jws.payload };
}

/** What forbids the header for this key, if anything does. */
export function headerFault(header: Readonly<Record<string, unknown>>, key: VerificationKey): string | undefined {
  for (const member of ['crit', 'b64', 'zip']) {
    // `Object.hasOwn`, so that a polluted prototype cannot make a header look extended or plain.
    if (Object.hasOwn(header, member)) return `"${member}" is not supported`;
  }
  return header['alg'] === key.algorithm ? undefined : '"alg" is not the one the key serves';
}

export function signatureFault({ signingInput, signature }: CompactJws, key: VerificationKey): string | undefined {
  return key.isSignedBy(signingInput, signature) ? undefined : 'signature does not match';
}
