import { createCipheriv, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { type ForeignHash, fromBase64, isDigest, positive } from './foreign-hash.js';

/** `$scrypt$ln=17,r=8,p=1$salt$digest` */
const PHC = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;
/** `scrypt$16384$8$1$salt$digest`, both in base64. */
const PLAIN = /^scrypt\$(\d+)\$(\d{1,2})\$(\d{1,2})\$([^$]+)\$([^$]+)$/;
/** Django: `scrypt$16384$salt$8$1$digest`, the salt as text of 22 characters. */
const DJANGO = /^scrypt\$(\d+)\$([^$]{3,})\$(\d{1,2})\$(\d{1,2})\$([^$]+)$/;
/** Firebase: `firebase-scrypt$rounds$mem_cost$salt_separator$signer_key$salt$digest`, as its export has them. */
const FIREBASE = /^firebase-scrypt\$(\d{1,2})\$(\d{1,2})\$([^$]*)\$([^$]+)\$([^$]+)\$([^$]+)$/;

const MOST_MEMORY_BYTES = 128 * 2 ** 20;
/** N · r · p of OWASP's advice, about half a second. */
const MOST_WORK = 2 ** 20;

interface Cost {
  /** Its binary logarithm, so that no number is too large to reckon with. */
  readonly lnN: number;
  readonly r: number;
  readonly p: number;
}

/** scrypt as PHC strings, Django and Firebase write it, and in the plain form of `N`, `r`, `p`, salt and digest. */
export function readScrypt(text: string): ForeignHash | undefined {
  const phc = PHC.exec(text);
  if (phc) {
    const [, ln, r, p, salt = '', digest = ''] = phc;
    return scryptHash(costOf(positive(ln), r, p), fromBase64(salt), fromBase64(digest));
  }
  const plain = PLAIN.exec(text);
  if (plain) {
    const [, n, r, p, salt = '', digest = ''] = plain;
    return scryptHash(costOf(logarithm(n), r, p), fromBase64(salt), fromBase64(digest));
  }
  const django = DJANGO.exec(text);
  if (django) {
    const [, n, salt = '', r, p, digest = ''] = django;
    return scryptHash(costOf(logarithm(n), r, p), Buffer.from(salt, 'utf8'), fromBase64(digest));
  }
  return readFirebase(text);
}

function scryptHash(cost: Cost | undefined, salt: Buffer | undefined, expected: Buffer | undefined) {
  if (!cost || !salt?.length || !isDigest(expected)) return undefined;
  return {
    scheme: 'scrypt',
    isBearable: isBearable(cost),
    matches: async (password: string) => timingSafeEqual(await derive(password, salt, expected.length, cost), expected),
  };
}

const FIREBASE_KEY_BYTES = 32;

/** Firebase encrypts the project's signer key under what scrypt derives, and keeps that. */
function readFirebase(text: string): ForeignHash | undefined {
  const [, rounds, memCost, ...rest] = FIREBASE.exec(text) ?? [];
  const [separator, signerKey, salt, expected] = rest.map((part) => fromBase64(part));
  const cost = costOf(positive(memCost), rounds, '1');
  if (!cost || !separator || !signerKey || !salt?.length || !isDigest(expected)) return undefined;
  if (signerKey.length !== expected.length) return undefined;
  return {
    scheme: 'firebase-scrypt',
    isBearable: isBearable(cost),
    matches: async (password) => {
      const key = await derive(password, Buffer.concat([salt, separator]), FIREBASE_KEY_BYTES, cost);
      const sealed = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey);
      return timingSafeEqual(sealed, expected);
    },
  };
}

function costOf(lnN: number | undefined, r: string | undefined, p: string | undefined): Cost | undefined {
  const [blocks, lanes] = [positive(r), positive(p)];
  return lnN && lnN < 32 && blocks && lanes ? { lnN, r: blocks, p: lanes } : undefined;
}

/** `undefined` for what is no power of two. */
function logarithm(n: string | undefined): number | undefined {
  const value = positive(n);
  return value !== undefined && Number.isInteger(Math.log2(value)) ? Math.log2(value) : undefined;
}

function isBearable({ lnN, r, p }: Cost): boolean {
  return 128 * 2 ** lnN * r <= MOST_MEMORY_BYTES && 2 ** lnN * r * p <= MOST_WORK;
}

function derive(password: string, salt: Buffer, bytes: number, { lnN, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** lnN, r, p, maxmem: MOST_MEMORY_BYTES + 2 ** 24 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
