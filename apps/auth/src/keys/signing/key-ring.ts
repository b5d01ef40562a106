import type { KeyObject } from 'node:crypto';
import type { PublicSigningKey } from '@gatehouse/contracts';
import type { SigningKey } from './signing-key.js';
import type { SigningKeySet } from './signing-key-store.port.js';

/** A key whose private half is at hand. */
export type UsableKey = SigningKey & { readonly privateKey: KeyObject };

/** What a bundle tells that another instance has published. */
export interface NewerBundle {
  readonly version: number;
  readonly kids: readonly string[];
}

/**
 * The keys as this process holds them: signing and publishing go on from here while the database is away. Empty until the
 * first load.
 *
 * With the database away the ring may be behind. Two things still reach it: withdrawals, by the feed, and the bundle that
 * others published. It heeds both, and never signs with a key that one of them rules out.
 */
export class KeyRing {
  private set: Pick<SigningKeySet, 'keys' | 'version'> = { keys: [], version: 0 };
  private readonly withdrawnKids = new Set<string>();
  private newer: NewerBundle | undefined;

  /** @returns whether anything changed. A set older than the one held is left aside. */
  replace(set: Pick<SigningKeySet, 'keys' | 'version'>): boolean {
    if (set.version <= this.set.version) return false;
    // What this process once opened it can go on signing with, whatever has become of the master key meanwhile.
    const opened = new Map(this.set.keys.map((key) => [key.kid, key.privateKey]));
    this.set = {
      version: set.version,
      keys: set.keys.map((key) => ({ ...key, privateKey: key.privateKey ?? opened.get(key.kid) })),
    };
    if (this.newer && this.newer.version <= set.version) this.newer = undefined;
    return true;
  }

  get isEmpty(): boolean {
    return this.set.keys.length === 0;
  }

  /** Version of the set held; 0 while empty. */
  get version(): number {
    return this.set.version;
  }

  /** Never signs with it again, and publishes it no more, also if it comes later. */
  withdraw(kid: string): void {
    this.withdrawnKids.add(kid);
  }

  holds(kid: string): boolean {
    return this.set.keys.some((key) => key.kid === kid);
  }

  isWithdrawn(kid: string): boolean {
    return this.withdrawnKids.has(kid);
  }

  /** Notes which keys another instance has published, later than the set held. */
  heed(bundle: NewerBundle): void {
    if (bundle.version > this.set.version && bundle.version > (this.newer?.version ?? 0)) this.newer = bundle;
  }

  /** The key to sign with; `undefined` while empty, and when each key that could be used is ruled out. */
  active(): UsableKey | undefined {
    const active = this.set.keys.find((key) => key.state === 'active');
    const next = this.set.keys.find((key) => key.state === 'next');
    // A key we have never seen was made when `next` became active: then that is the one to sign with.
    const hasMovedOn = this.newer?.kids.some((kid) => !this.set.keys.some((key) => key.kid === kid)) ?? false;
    const candidates = hasMovedOn ? [next, active] : [active, next];
    return candidates.find((key): key is UsableKey => key !== undefined && this.mayBeUsed(key));
  }

  /** Public halves to accept, in a stable order. */
  published(): readonly PublicSigningKey[] {
    return this.set.keys.filter(({ kid }) => !this.withdrawnKids.has(kid)).map((key) => key.publicKey);
  }

  /** The keys held, for figures. */
  keys(): readonly SigningKey[] {
    return this.set.keys;
  }

  private mayBeUsed({ kid, privateKey }: SigningKey): boolean {
    const isPublished = this.newer?.kids.includes(kid) ?? true;
    return privateKey !== undefined && isPublished && !this.withdrawnKids.has(kid);
  }
}
