/** What the last {@link fingerprint} came to. One array for all, so that the hot path allocates nothing. */
export const print = new Uint32Array(4);

/** Drawn anew by every process, so that nobody can prepare values that crowd one place of its tables. */
const SEED = globalThis.crypto.getRandomValues(new Uint32Array(4));

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * Puts a 128-bit hash of `text` into {@link print}: MurmurHash3 x86_128 with a secret seed per lane, over the text's
 * UTF-16 code units, two to a word.
 *
 * It stands for the text itself: two different texts share a print with a chance of about 2^-128. What is put into a table
 * comes from the auth service alone, and a print taken for another could only refuse a token, never let one in.
 */
export function fingerprint(text: string): void {
  const { length } = text;
  let a = SEED[0] as number;
  let b = SEED[1] as number;
  let c = SEED[2] as number;
  let d = SEED[3] as number;
  const whole = length - (length % 8);
  let at = 0;
  for (; at < whole; at += 8) {
    a = Math.imul(rotate(a ^ lane(pair(text, at), C1, 15, C2), 19) + b, 5) + 0x561ccd1b;
    b = Math.imul(rotate(b ^ lane(pair(text, at + 2), C2, 16, C3), 17) + c, 5) + 0x0bcaa747;
    c = Math.imul(rotate(c ^ lane(pair(text, at + 4), C3, 17, C4), 15) + d, 5) + 0x96cd1c35;
    d = Math.imul(rotate(d ^ lane(pair(text, at + 6), C4, 18, C1), 13) + a, 5) + 0x32ac3b17;
  }
  if (at < length) a ^= lane(pairAtEnd(text, at), C1, 15, C2);
  if (at + 2 < length) b ^= lane(pairAtEnd(text, at + 2), C2, 16, C3);
  if (at + 4 < length) c ^= lane(pairAtEnd(text, at + 4), C3, 17, C4);
  if (at + 6 < length) d ^= lane(pairAtEnd(text, at + 6), C4, 18, C1);

  a ^= length;
  b ^= length;
  c ^= length;
  d ^= length;
  a += b + c + d;
  a = scatter(a);
  b = scatter(b + a);
  c = scatter(c + a);
  d = scatter(d + a);
  print[0] = a + b + c + d;
  print[1] = b + a;
  print[2] = c + a;
  print[3] = d + a;
}

function pair(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
}

function pairAtEnd(text: string, at: number): number {
  return at + 1 < text.length ? pair(text, at) : text.charCodeAt(at);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function lane(word: number, first: number, bits: number, second: number): number {
  return Math.imul(rotate(Math.imul(word, first), bits), second);
}

/** Every bit of the word moves every other (the finalizer of MurmurHash3). */
function scatter(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
