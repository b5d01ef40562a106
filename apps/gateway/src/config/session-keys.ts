import { randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
/** Random keys of 32 bytes have about thirty different ones; fewer than this happens to nobody. */
const LEAST_DISTINCT_BYTES = 12;

export type ReadKey = { readonly ok: true; readonly key: Uint8Array } | { readonly ok: false; readonly fault: string };

/** A key-encryption key from base64, base64url or hex. Faults quote nothing. */
export function readSessionKey(text: string): ReadKey {
  const key = decode(text.trim());
  if (key?.length !== KEY_BYTES)
    return { ok: false, fault: 'must be 32 random bytes in base64 or hex; openssl rand -base64 32' };
  const weakness = weaknessOf(key);
  return weakness === undefined ? { ok: true, key } : { ok: false, fault: `${weakness}; openssl rand -base64 32` };
}

/** For sessions that end with the process anyway. */
export function freshSessionKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

function decode(text: string): Buffer | undefined {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** What nobody's random generator gave: repetition, a row of numbers, a sentence. */
function weaknessOf(key: Uint8Array): string | undefined {
  if (new Set(key).size < LEAST_DISTINCT_BYTES) return 'repeats the same few bytes';
  const steps = new Set([...key.slice(1)].map((byte, index) => (byte - (key[index] ?? 0) + 256) % 256));
  if (steps.size === 1) return 'is a row of numbers, such as examples have';
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? 'is a text, not random bytes' : undefined;
}
