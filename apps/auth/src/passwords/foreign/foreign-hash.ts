/** A password hash that another system made, understood and ready to be checked. */
export interface ForeignHash {
  /** How it was made, for figures and answers: `bcrypt`, `scrypt`, … */
  readonly scheme: string;
  /**
   * Whether one check costs no more than about a second of one core and 128 MiB. Whoever may import hashes could otherwise
   * hold up everybody's sign-in.
   */
  readonly isBearable: boolean;

  /** @param password - as typed: the systems these come from knew nothing of our normal form */
  matches(password: string): Promise<boolean>;
}

/** Reads one way of writing hashes; `undefined` when the text is no such hash, or a damaged one. Never throws. */
export type ReadForeignHash = (text: string) => ForeignHash | undefined;

/** A shorter one would be met by chance, or was cut. */
export const LEAST_DIGEST_BYTES = 16;
/** No system in use writes a longer one. */
export const MOST_DIGEST_BYTES = 64;

export function isDigest(bytes: Buffer | undefined): bytes is Buffer {
  return bytes !== undefined && bytes.length >= LEAST_DIGEST_BYTES && bytes.length <= MOST_DIGEST_BYTES;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Base64 with or without padding, also in passlib's alphabet, which has `.` for `+`, and in that for URLs.
 *
 * @returns `undefined` for anything else, where Node would skip over what it does not know
 */
export function fromBase64(text: string): Buffer | undefined {
  const plain = text.replace(/[.-]/g, '+').replaceAll('_', '/');
  if (!BASE64.test(plain) || plain.replace(/=+$/, '').length % 4 === 1) return undefined;
  return Buffer.from(plain, 'base64');
}

/** A decimal number without sign or leading zero; `undefined` for anything else. */
export function positive(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}
