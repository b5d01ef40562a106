import { readArgon2 } from './argon2.js';
import { readAspnetIdentity } from './aspnet-identity.js';
import { readBcrypt } from './bcrypt.js';
import type { ForeignHash, ReadForeignHash } from './foreign-hash.js';
import { readPbkdf2 } from './pbkdf2.js';
import { readScrypt } from './scrypt.js';

const SCHEMES: readonly ReadForeignHash[] = [readBcrypt, readArgon2, readScrypt, readPbkdf2, readAspnetIdentity];

/**
 * Marks a hash that was brought along until its owner signs in. Without it an argon2id hash of others would look like ours,
 * which are made of the normal form of a password.
 */
const MARK = 'imported:';

/** What its column holds, less the mark. */
export const MAX_FOREIGN_HASH_LENGTH = 255 - MARK.length;

/** A hash in any form we know; `undefined` when it is none of them, or damaged. */
export function readForeignHash(text: string): ForeignHash | undefined {
  if (text.length > MAX_FOREIGN_HASH_LENGTH) return undefined;
  for (const read of SCHEMES) {
    const hash = read(text);
    if (hash) return hash;
  }
  return undefined;
}

/** As a hash that was brought along is kept. */
export function asImported(text: string): string {
  return MARK + text;
}

/**
 * A kept hash as another service can import it, whoever made it; `undefined` for one that nobody's password fits, which an import
 * would refuse.
 */
export function asForeign(kept: string): string | undefined {
  const text = kept.startsWith(MARK) ? kept.slice(MARK.length) : kept;
  return readForeignHash(text) ? text : undefined;
}

/** Reads what {@link asImported} made; `undefined` for any other text, ours included. */
export function readImported(kept: string): ForeignHash | undefined {
  return kept.startsWith(MARK) ? readForeignHash(kept.slice(MARK.length)) : undefined;
}
