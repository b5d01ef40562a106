// Compact JWS from fixed keys. Every signature is deterministic (RFC 6979 for ES256, the other algorithms are so by
// themselves), so the same generator always writes the same files.
import { p256 } from '@noble/curves/nist.js';
import { createHmac, sign } from 'node:crypto';
import { privateKeyOf, testKey } from './keys.mjs';

export const base64url = (data) => Buffer.from(data).toString('base64url');
const textOf = (value) => (typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));

/**
 * @param header - an object, or the text or bytes to put there as they are
 * @param payload - the same
 * @param keyName - a name in `keys/test-keys.json`
 */
export function jws(header, payload, keyName) {
  const input = `${base64url(textOf(header))}.${base64url(textOf(payload))}`;
  return `${input}.${base64url(signatureOf(input, keyName))}`;
}

/** The same under a shared secret: HS256, whatever the header says. */
export function hmacJws(header, payload, secret) {
  const input = `${base64url(textOf(header))}.${base64url(textOf(payload))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function signatureOf(input, keyName) {
  const bytes = Buffer.from(input);
  const { kty, crv, d } = testKey(keyName);
  // `lowS` is a rule of other protocols: RFC 7518 §3.4 knows no such thing, and a validator must take either.
  if (crv === 'P-256') return p256.sign(bytes, Buffer.from(d, 'base64url'), { lowS: false });
  if (kty === 'OKP') return sign(null, bytes, privateKeyOf(keyName));
  if (kty === 'RSA') return sign('sha256', bytes, privateKeyOf(keyName));
  // P-384 with SHA-384 serves only to be refused, by key or by name; its own signature is random and never stored.
  throw new Error(`no vector is signed with "${keyName}"`);
}
