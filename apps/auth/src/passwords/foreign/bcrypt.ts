import { verify } from '@node-rs/bcrypt';
import type { ForeignHash } from './foreign-hash.js';

/** `$2x$` is left out: it marks hashes of an implementation with a defect that makes different passwords alike. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const COSTLIEST = 13;

/**
 * bcrypt as everybody writes it. It looks at the first 72 bytes of a password only, which nobody can mend afterwards; the
 * first sign-in replaces it by a hash of the whole.
 */
export function readBcrypt(text: string): ForeignHash | undefined {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost === undefined || Number(cost) < 4) return undefined;
  return { scheme: 'bcrypt', isBearable: Number(cost) <= COSTLIEST, matches: (password) => verify(password, text) };
}
