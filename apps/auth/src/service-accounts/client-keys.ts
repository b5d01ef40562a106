import type { JsonWebKey } from 'node:crypto';
import { verifyCompactJws } from '@gatehouse/session-validator/jws';
import { UnusableClientKeys } from './service-accounts.errors.js';
import { type ClientKey, MAX_KEYS } from './service-account.js';

/** What a service may sign its proofs with. */
export const CLIENT_KEY_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'RS256'] as const;

/** Of private and secret keys (RFC 7518 §6). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use'] as const;
const MAX_KID_LENGTH = 128;

const ALGORITHM_OF_TYPE: Readonly<Record<string, ClientKey['alg']>> = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' };

/**
 * The keys of a JWK Set (RFC 7517 §5) as they are kept: public members only, each with the algorithm its type allows.
 *
 * @throws {UnusableClientKeys} for a weak, secret or malformed key, a private one sent by mistake, or names that two keys share.
 */
export function readClientKeys(keys: readonly unknown[]): readonly ClientKey[] {
  if (keys.length > MAX_KEYS) throw new UnusableClientKeys('too many');
  const read = keys.map(readKey);
  const names = read.map(({ kid }) => kid);
  // Without a name there can be one only: the proof would not say which is meant.
  if (new Set(names).size !== names.length) throw new UnusableClientKeys('not told apart by "kid"');
  return read;
}

function readKey(value: unknown): ClientKey {
  if (typeof value !== 'object' || value === null) throw new UnusableClientKeys('not a key');
  const given = value as Readonly<Record<string, unknown>>;
  // Whoever sends one has shown it to us and to all in between: it must not be used any more.
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(given, member))) throw new UnusableClientKeys('a private key');
  const kept: Record<string, unknown> = {};
  for (const member of PUBLIC_MEMBERS) {
    if (!Object.hasOwn(given, member)) continue;
    if (typeof given[member] !== 'string') throw new UnusableClientKeys('malformed');
    kept[member] = given[member];
  }
  const alg = ALGORITHM_OF_TYPE[String(kept['kty'])];
  const stated = Object.hasOwn(given, 'alg') ? given['alg'] : alg;
  const isNewName = alg === 'EdDSA' && stated === 'Ed25519';
  if (!alg || (stated !== alg && !isNewName)) throw new UnusableClientKeys('of another algorithm');
  const { kid } = kept;
  if (typeof kid === 'string' && (kid === '' || kid.length > MAX_KID_LENGTH)) throw new UnusableClientKeys('malformed');
  const key = { ...kept, alg } as ClientKey;
  if (!isUsable(key)) throw new UnusableClientKeys('weak or malformed');
  return key;
}

/** What makes a key unusable is found before any signature is looked at, and told apart from a signature that is wrong. */
function isUsable(key: ClientKey): boolean {
  const header = Buffer.from(JSON.stringify({ alg: key.alg })).toString('base64url');
  const verdict = verifyCompactJws(`${header}.e30.AA`, key as JsonWebKey, { algorithms: [key.alg] });
  return !verdict.ok && verdict.message === 'signature does not match';
}
