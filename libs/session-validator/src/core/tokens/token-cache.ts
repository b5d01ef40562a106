import type { VerifiedAccessToken } from './claims.js';

/** Enough of an ES256 signature to spread entries; what decides is the comparison of the whole token. */
const TAIL_LENGTH = 22;
/** Claims, principal and map slots of one entry, measured at about this much on top of the token's own text. */
const ENTRY_OVERHEAD_BYTES = 1_100;

interface Entry {
  readonly token: string;
  readonly verified: VerifiedAccessToken;
}

/**
 * Tokens whose signature and claims were found good, so that ES256 is paid once per token and instance. It says nothing
 * about expiry or revocation: both are asked on every call.
 *
 * Bounded by bytes, in two generations: when the young one is full it becomes the old one and the old one is dropped.
 * That is cheaper per hit than moving an entry to the front of a list, and what is in use survives.
 */
export class TokenCache {
  private young = new Map<string, Entry>();
  private old = new Map<string, Entry>();
  private youngBytes = 0;

  /** @param maxBytes - for both generations together; 0 keeps nothing */
  constructor(private readonly maxBytes: number) {}

  find(token: string): VerifiedAccessToken | undefined {
    const tail = token.slice(-TAIL_LENGTH);
    const young = this.young.get(tail);
    if (young) return young.token === token ? young.verified : undefined;
    const old = this.old.get(tail);
    if (old?.token !== token) return undefined;
    this.add(token, old.verified);
    return old.verified;
  }

  add(token: string, verified: VerifiedAccessToken): void {
    const bytes = token.length + ENTRY_OVERHEAD_BYTES;
    const half = this.maxBytes / 2;
    if (bytes > half) return;
    if (this.youngBytes + bytes > half) {
      this.old = this.young;
      this.young = new Map();
      this.youngBytes = 0;
    }
    const tail = token.slice(-TAIL_LENGTH);
    // Two tokens may share a tail; the later one takes the place, and neither is ever taken for the other.
    const replaced = this.young.get(tail);
    if (replaced) this.youngBytes -= replaced.token.length + ENTRY_OVERHEAD_BYTES;
    this.young.set(tail, { token, verified });
    this.youngBytes += bytes;
  }

  /** Forgets everything: the keys the entries were verified with may be gone. */
  clear(): void {
    this.young = new Map();
    this.old = new Map();
    this.youngBytes = 0;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}
