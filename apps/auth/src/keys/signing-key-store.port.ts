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

  /**
   * Notes what the key bundle says beside the keys. When that differs from last time the version grows, so that validators
   * take the bundle with the new settings. Called at start only: two releases running side by side must not outbid each
   * other.
   *
   * @param settings - fingerprint, at most 64 characters.
   */
  abstract announce(settings: string): Promise<void>;
}
