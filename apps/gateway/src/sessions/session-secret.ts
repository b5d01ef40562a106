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

/** A secret that has proved itself, for others to be compared with: a hash for each request would be dearer. */
export class ProvenSecret {
  private readonly bytes: Buffer;
  private readonly presented: Buffer;

  constructor(readonly text: string) {
    this.bytes = Buffer.from(text);
    this.presented = Buffer.alloc(this.bytes.length);
  }

  /** In a time that tells nothing of where they differ. */
  equals(presented: string): boolean {
    // In bytes, not in characters: others than ASCII need more room than there is, and are left out.
    if (presented.length !== this.bytes.length || this.presented.write(presented) !== this.bytes.length) return false;
    return timingSafeEqual(this.bytes, this.presented);
  }
}
