import type { SigningKey } from './signing-key.js';

/** All keys that are published, and the version of that set. */
export interface SigningKeySet {
  readonly keys: readonly SigningKey[];
  /** Grows with every change of the set, over the life of the database; the `ver` of the key bundle. */
  readonly version: number;
}

/** Signing keys, shared by all instances. Throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class SigningKeyStore {
  abstract load(): Promise<SigningKeySet>;

  /**
   * Offers a pair of keys for an empty store. Of any number of instances that offer at once, one wins and the others' keys
   * are dropped.
   *
   * @returns the set that stands afterwards, the same for everybody.
   */
  abstract bootstrap(active: SigningKey, next: SigningKey): Promise<SigningKeySet>;
}
