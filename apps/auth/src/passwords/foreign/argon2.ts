import { verify } from '@node-rs/argon2';
import { type ForeignHash, fromBase64, isDigest, positive } from './foreign-hash.js';

const ARGON2 = /^\$(argon2(?:id|i|d))\$(?:v=(?:16|19)\$)?m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;
const MOST_MEMORY_KIB = 131_072;
const MOST_WORK_KIB = 524_288;
const MOST_LANES = 16;

/** argon2id, argon2i and argon2d as a PHC string. One with a secret or with associated data cannot be checked here. */
export function readArgon2(text: string): ForeignHash | undefined {
  const [, scheme, m, t, p, salt, digest] = ARGON2.exec(text) ?? [];
  const [memoryKib, passes, lanes] = [positive(m), positive(t), positive(p)];
  if (scheme === undefined || !memoryKib || !passes || !lanes || memoryKib < 8 * lanes) return undefined;
  if ((fromBase64(salt ?? '')?.length ?? 0) < 8 || !isDigest(fromBase64(digest ?? ''))) return undefined;
  return {
    scheme,
    isBearable: memoryKib <= MOST_MEMORY_KIB && memoryKib * passes <= MOST_WORK_KIB && lanes <= MOST_LANES,
    matches: async (password) => {
      if (await verify(text, password)) return true;
      // Another Gatehouse may have made it, and ours are made of the normal form.
      const normal = password.normalize('NFKC');
      return scheme === 'argon2id' && normal !== password && verify(text, normal);
    },
  };
}
