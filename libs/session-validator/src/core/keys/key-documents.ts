import { KEY_BUNDLE_TYPE, type SigningAlgorithm } from '@gatehouse/contracts';
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { parseJsonObject } from '../../jws/compact.js';
import { importJwk, importPublicKey, UnusableKey, type VerificationKey } from '../../jws/verification-key.js';
import { verifyWithKey } from '../../jws/verify-compact-jws.js';
import { keySetOf, type KeySet, type KeySetFacts } from './key-set.js';

/** Larger documents are refused unread. */
export const MAX_KEY_DOCUMENT_BYTES = 64 * 1024;

/** A document about keys that must not be used. The message names the fault only. */
export class KeyDocumentFault extends Error {
  override readonly name = 'KeyDocumentFault';
}

/** What the service set itself; it wins over what a document says. */
export interface KeyExpectations {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly maxTokenSeconds?: number | undefined;
}

/**
 * Reads a key bundle that one of the root keys has signed. A key of a kind this version does not know is left out: a newer issuer may publish one
 * before it signs with it.
 *
 * @throws {KeyDocumentFault}
 */
export function readKeyBundle(text: string, roots: readonly VerificationKey[], expected: KeyExpectations): KeySet {
  const compact = bounded(text).trim();
  const verdicts = roots.map((root) => verifyWithKey(compact, root, { algorithms: ['ES256'] }));
  const verdict = verdicts.find(({ ok }) => ok) ?? verdicts[0];
  if (!verdict) throw new KeyDocumentFault('key bundle: there is no root key to verify it with');
  if (!verdict.ok) throw new KeyDocumentFault(`key bundle: ${verdict.message}`);
  // Of all the things the root key may sign one day, only a bundle is a bundle (RFC 8725 §3.11).
  if (verdict.header['typ'] !== KEY_BUNDLE_TYPE) throw new KeyDocumentFault('key bundle: "typ" is another');
  const bundle = jsonObject(verdict.payload, 'key bundle');
  const { iss, aud, ver, iat, max_token_seconds: maxTokenSeconds, keys } = bundle;
  if (typeof iss !== 'string' || iss === '') throw new KeyDocumentFault('key bundle: "iss" is missing');
  if (typeof aud !== 'string' || aud === '') throw new KeyDocumentFault('key bundle: "aud" is missing');
  if (!isPositive(ver)) throw new KeyDocumentFault('key bundle: "ver" is not a version');
  if (!isPositive(iat)) throw new KeyDocumentFault('key bundle: "iat" is not a time');
  if (!isPositive(maxTokenSeconds)) throw new KeyDocumentFault('key bundle: "max_token_seconds" is not a duration');
  return keySetOf(
    {
      issuer: expected.issuer ?? iss,
      audience: expected.audience ?? aud,
      maxTokenSeconds: expected.maxTokenSeconds ?? maxTokenSeconds,
      statedTokenSeconds: maxTokenSeconds,
      version: ver,
    },
    importKeys(keys),
  );
}

/**
 * Reads a JWK Set (RFC 7517 §5). Secrets in it are left out: what is published is no secret, and taking it for one would
 * let everybody sign.
 *
 * @throws {KeyDocumentFault}
 */
export function readJwks(text: string, facts: KeySetFacts): KeySet {
  const { keys } = jsonObject(Buffer.from(bounded(text)), 'JWKS');
  return keySetOf(facts, importKeys(keys));
}

/** A change of the root needs two; more are a mistake, and each is a signature to verify. */
const MAX_TRUST_ANCHORS = 4;

/**
 * Reads the public root key: PEM, a JWK as JSON, or the DER of its SubjectPublicKeyInfo in base64 or base64url. While the root
 * is being changed there may be several: PEM blocks in a row, a JSON list of JWKs, or DER with commas between.
 *
 * @throws {KeyDocumentFault} when one is none of them or no P-256 public key.
 */
export function readTrustAnchors(text: string): readonly VerificationKey[] {
  const trimmed = text.trim();
  if (/PRIVATE KEY|"d"\s*:/.test(trimmed)) throw new KeyDocumentFault('holds a private key; give the public half only');
  const texts = anchorTexts(trimmed);
  if (texts.length > MAX_TRUST_ANCHORS) throw new KeyDocumentFault(`names more than ${MAX_TRUST_ANCHORS} root keys`);
  return texts.map(readTrustAnchor);
}

function anchorTexts(text: string): string[] {
  if (text.startsWith('[')) {
    const list = jsonListOf(text);
    if (!list || list.length === 0) throw new KeyDocumentFault('is no list of JWKs');
    return list.map((jwk) => JSON.stringify(jwk));
  }
  // A PEM block ends where the next one begins; what stands between is not a key, and so found out.
  if (text.startsWith('-----BEGIN')) return text.split(/(?=-----BEGIN)/);
  return text.startsWith('{') ? [text] : text.split(',');
}

function jsonListOf(text: string): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

function readTrustAnchor(text: string): VerificationKey {
  const trimmed = text.trim();
  let key: KeyObject;
  try {
    key = publicKeyOf(trimmed);
  } catch {
    throw new KeyDocumentFault('is no public key (PEM, JWK or base64 DER)');
  }
  const imported = asUsable(() => importPublicKey(key));
  if (imported.algorithm !== 'ES256') throw new KeyDocumentFault('is not a P-256 key');
  return imported;
}

function publicKeyOf(text: string): KeyObject {
  // Environment variables often carry line ends as two characters.
  if (text.startsWith('-----BEGIN')) return createPublicKey(text.replaceAll('\\n', '\n'));
  if (text.startsWith('{')) {
    const { kty, crv, x, y } = JSON.parse(text) as JsonWebKey;
    return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  }
  // Node reads both alphabets as base64.
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

const PUBLISHABLE: ReadonlySet<SigningAlgorithm> = new Set(['ES256', 'EdDSA', 'RS256']);

function importKeys(keys: unknown): Map<string, VerificationKey> {
  if (!Array.isArray(keys)) throw new KeyDocumentFault('"keys" is not a list');
  const imported = new Map<string, VerificationKey>();
  for (const jwk of keys as unknown[]) {
    if (typeof jwk !== 'object' || jwk === null) continue;
    const { kid, kty } = jwk as Record<string, unknown>;
    if (typeof kid !== 'string' || kid === '' || kty === 'oct') continue;
    if (imported.has(kid)) throw new KeyDocumentFault('two keys share a "kid"');
    const key = orUndefined(() => importJwk(jwk as JsonWebKey));
    if (key && PUBLISHABLE.has(key.algorithm)) imported.set(kid, key);
  }
  if (imported.size === 0) throw new KeyDocumentFault('holds no usable key');
  return imported;
}

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnusableKey) return undefined;
    throw error;
  }
}

function asUsable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnusableKey) throw new KeyDocumentFault(error.message, { cause: error });
    throw error;
  }
}

function bounded(text: string): string {
  if (text.length > MAX_KEY_DOCUMENT_BYTES) throw new KeyDocumentFault('is too large');
  return text;
}

function jsonObject(bytes: Buffer, what: string): Record<string, unknown> {
  const parsed = parseJsonObject(bytes);
  if (typeof parsed === 'string') throw new KeyDocumentFault(`${what}: ${parsed}`);
  return parsed;
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
