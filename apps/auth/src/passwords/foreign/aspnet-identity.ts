import type { ForeignHash } from './foreign-hash.js';
import { fromBase64 } from './foreign-hash.js';
import { type Pbkdf2Digest, pbkdf2Hash } from './pbkdf2.js';

/** Format marker, function, rounds, length of the salt. */
const HEAD_BYTES = 13;
const VERSION_3 = 1;
const DIGESTS: Readonly<Record<number, Pbkdf2Digest>> = { 0: 'sha1', 1: 'sha256', 2: 'sha512' };

/** ASP.NET Core Identity, version 3: PBKDF2 with its parameters, salt and key in one base64 text. */
export function readAspnetIdentity(text: string): ForeignHash | undefined {
  const bytes = text.startsWith('AQ') ? fromBase64(text) : undefined;
  if (!bytes || bytes.length <= HEAD_BYTES || bytes[0] !== VERSION_3) return undefined;
  const digest = DIGESTS[bytes.readUInt32BE(1)];
  const iterations = bytes.readUInt32BE(5);
  const keyAt = HEAD_BYTES + bytes.readUInt32BE(9);
  if (!digest || iterations === 0 || keyAt >= bytes.length || keyAt === HEAD_BYTES) return undefined;
  const salt = bytes.subarray(HEAD_BYTES, keyAt);
  const hash = pbkdf2Hash({ digest, iterations, salt, expected: bytes.subarray(keyAt) });
  return hash && { ...hash, scheme: 'aspnet-identity-v3' };
}
