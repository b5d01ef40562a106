import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { PublicSigningKey } from '@gatehouse/contracts';
import type { FreshKey, SigningKeyState } from './signing-key.js';

const generate = promisify(generateKeyPair);

/** A fresh ES256 key (P-256; RFC 7518 §3.4), named by its thumbprint. */
export async function generateSigningKey(
  state: SigningKeyState,
  createdAtMs: number,
  tokenSeconds = 0,
): Promise<FreshKey> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const jwk = publicJwk(publicKey);
  return { kid: jwk.kid, state, publicKey: jwk, privateKey, createdAtMs, tokenSeconds };
}

/** Public half as published (RFC 7517). */
export function publicJwk(key: KeyObject): PublicSigningKey {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) throw new Error('not a P-256 key');
  return { kid: thumbprint({ crv, kty, x, y }), alg: 'ES256', use: 'sig', kty, crv, x, y };
}

/** JWK thumbprint (RFC 7638 §3): SHA-256 over the required members in lexical order. */
function thumbprint({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
