import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type ForeignHash, fromBase64, isDigest, positive } from './foreign-hash.js';

const derive = promisify(pbkdf2);

/** `pbkdf2_sha256$600000$salt$digest`, the salt as text. */
const DJANGO = /^pbkdf2_(sha1|sha256)\$(\d+)\$([^$]+)\$([^$]+)$/;
/** `$pbkdf2-sha512$i=210000,l=64$salt$digest`; passlib writes the number alone. */
const PHC = /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d+)(?:,l=\d+)?\$([^$]+)\$([^$]+)$/;

/** Rounds of the inner function; at this bound a check takes about a second. */
const MOST_ROUNDS = 2_000_000;
const BLOCK_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;
export type Pbkdf2Digest = keyof typeof BLOCK_BYTES;

/** PBKDF2 as Django and as PHC strings write it. */
export function readPbkdf2(text: string): ForeignHash | undefined {
  const django = DJANGO.exec(text);
  const [, digest = 'sha1', rounds, salt = '', hash = ''] = django ?? PHC.exec(text) ?? [];
  const saltBytes = django ? Buffer.from(salt, 'utf8') : fromBase64(salt);
  const iterations = positive(rounds);
  if (!iterations || !saltBytes?.length) return undefined;
  return pbkdf2Hash({ digest: digest as Pbkdf2Digest, iterations, salt: saltBytes, expected: fromBase64(hash) });
}

export interface Pbkdf2Parts {
  readonly digest: Pbkdf2Digest;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly expected: Buffer | undefined;
}

export function pbkdf2Hash({ digest, iterations, salt, expected }: Pbkdf2Parts): ForeignHash | undefined {
  if (!isDigest(expected)) return undefined;
  const rounds = iterations * Math.ceil(expected.length / BLOCK_BYTES[digest]);
  return {
    scheme: `pbkdf2-${digest}`,
    isBearable: rounds <= MOST_ROUNDS,
    matches: async (password) =>
      timingSafeEqual(await derive(password, salt, iterations, expected.length, digest), expected),
  };
}
