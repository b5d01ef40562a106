import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, base64url: what a browser proves a session with. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256, hex. Enough for what is random: nobody tries 2^256 secrets. */
export function secretHashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** In a time that tells nothing of where they differ. */
export function isSecretOf(secretHash: string, secret: string): boolean {
  const [kept, presented] = [Buffer.from(secretHash), Buffer.from(secretHashOf(secret))];
  return kept.length === presented.length && timingSafeEqual(kept, presented);
}
