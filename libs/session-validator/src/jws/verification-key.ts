import type { SigningAlgorithm } from '@gatehouse/contracts';
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  createVerify,
  timingSafeEqual,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { toDerSignature } from './ecdsa-signature.js';

/** Shorter secrets can be guessed off line from one token (RFC 7518 §3.2, RFC 8725 §3.5). */
export const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;
const RSA_EXPONENT = 65_537n;

/**
 * A key with the one algorithm it serves. The algorithm comes from the key, never from a token (RFC 8725 §3.1), and the
 * key is parsed once: parsing it on each check costs several times the check.
 */
export interface VerificationKey {
  readonly algorithm: SigningAlgorithm;
  /** Never throws: a signature OpenSSL cannot even read is simply not valid. */
  isSignedBy(signingInput: string, signature: Buffer): boolean;
}

/** A key that must not be used. The message names the fault, never the key. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey';
}

/**
 * The key and the algorithm that its type allows: P-256 is ES256, Ed25519 is EdDSA, RSA is RS256, a secret is HS256. A
 * missing `alg` therefore opens no choice to a token's header.
 *
 * @throws {UnusableKey} for another type, a weak key, a point off its curve, or a JWK meant for something else.
 */
export function importJwk(jwk: JsonWebKey): VerificationKey {
  const { alg, use, key_ops: operations } = jwk as Record<string, unknown>;
  if (use !== undefined && use !== 'sig') throw new UnusableKey('key is not for signatures ("use")');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new UnusableKey('key is not for verifying ("key_ops")');
  }
  const key = jwk.kty === 'oct' ? secretFromJwk(jwk) : importPublicKey(publicKeyFromJwk(jwk));
  if (alg !== undefined && alg !== key.algorithm) throw new UnusableKey('"alg" does not fit the key');
  return key;
}

/** @throws {UnusableKey} as {@link importJwk}. */
export function importPublicKey(key: KeyObject): VerificationKey {
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new UnusableKey('EC key is not on P-256');
      return publicKey('ES256', (input, signature) => {
        const der = toDerSignature(signature);
        return der !== undefined && createVerify('sha256').update(input, 'latin1').verify(key, der);
      });
    case 'ed25519':
      return publicKey('EdDSA', (input, signature) => verify(null, Buffer.from(input, 'latin1'), key, signature));
    case 'rsa': {
      const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
      if (modulusLength < MIN_RSA_BITS) throw new UnusableKey(`RSA key is shorter than ${MIN_RSA_BITS} bit`);
      if (publicExponent !== RSA_EXPONENT) throw new UnusableKey('RSA exponent is not 65537');
      return publicKey('RS256', (input, signature) => verify('sha256', Buffer.from(input, 'latin1'), key, signature));
    }
    default:
      throw new UnusableKey('key is neither P-256, Ed25519 nor RSA');
  }
}

/**
 * An HMAC secret. Whoever holds it can also mint tokens.
 *
 * @throws {UnusableKey} when it is shorter than {@link MIN_SECRET_BYTES}.
 */
export function importSecret(secret: Buffer): VerificationKey {
  if (secret.length < MIN_SECRET_BYTES) throw new UnusableKey(`secret is shorter than ${MIN_SECRET_BYTES} bytes`);
  const key = createSecretKey(secret);
  return {
    algorithm: 'HS256',
    isSignedBy(signingInput, signature) {
      const expected = createHmac('sha256', key).update(signingInput).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}

function publicKey(algorithm: SigningAlgorithm, check: (input: string, signature: Buffer) => boolean): VerificationKey {
  return {
    algorithm,
    isSignedBy(signingInput, signature) {
      try {
        return check(signingInput, signature);
      } catch {
        return false;
      }
    },
  };
}

function publicKeyFromJwk(jwk: JsonWebKey): KeyObject {
  // Only the public members: a private JWK published by mistake must not become a signing key in memory.
  const { kty, crv, x, y, n, e } = jwk;
  try {
    return createPublicKey({ key: { kty, crv, x, y, n, e }, format: 'jwk' });
  } catch {
    throw new UnusableKey('not a valid public key');
  }
}

function secretFromJwk({ k }: JsonWebKey): VerificationKey {
  if (typeof k !== 'string') throw new UnusableKey('secret key has no "k"');
  return importSecret(Buffer.from(k, 'base64url'));
}
