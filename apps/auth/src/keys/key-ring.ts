import type { PublicSigningKey } from '@gatehouse/contracts';
import type { SigningKey } from './signing-key.js';
import type { SigningKeySet } from './signing-key-store.port.js';

/**
 * The keys as this process holds them: signing and publishing go on from here while the database is away. Empty until the
 * first load.
 */
export class KeyRing {
  private set: SigningKeySet = { keys: [], version: 0 };

  /** @returns whether anything changed. A set older than the one held is left aside. */
  replace(set: SigningKeySet): boolean {
    if (set.version <= this.set.version) return false;
    this.set = set;
    return true;
  }

  get isEmpty(): boolean {
    return this.set.keys.length === 0;
  }

  /** Version of the set held; 0 while empty. */
  get version(): number {
    return this.set.version;
  }

  /** The key to sign with, `undefined` while empty. */
  active(): SigningKey | undefined {
    return this.set.keys.find((key) => key.state === 'active');
  }

  /** Public halves to accept, in a stable order. */
  published(): readonly PublicSigningKey[] {
    return this.set.keys.map((key) => key.publicKey);
  }
}
