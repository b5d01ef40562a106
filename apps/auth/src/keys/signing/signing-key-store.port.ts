import type { FreshKey, KeyEnding, KeyRevocationReason, PastKey, SigningKey } from './signing-key.js';

/** All keys that are published, and the version of that set. */
export interface SigningKeySet {
  /** Oldest first. */
  readonly keys: readonly SigningKey[];
  /** Grows with every change of the set, over the life of the database; the `ver` of the key bundle. */
  readonly version: number;
  /** When it was read, by the clock of the database: instances need not agree on the time. */
  readonly atMs: number;
}

/** Fresh keys and the places they take. */
export interface FreshKeys {
  readonly active?: FreshKey;
  readonly next?: FreshKey;
}

/** What one step does to the set. All of it happens, or nothing. */
export interface KeyChange {
  /** Leave the published keys; nothing but their name and their dates stays. */
  readonly remove?: readonly {
    readonly kid: string;
    readonly ending: KeyEnding;
    readonly reason?: KeyRevocationReason;
  }[];
  /** Signs no more, and stays published for this many ms from now. */
  readonly retire?: { readonly kid: string; readonly publishedForMs: number };
  /** The `next` key that signs from now on. */
  readonly activate?: string;
  /** Made now; `createdAtMs` is set to the moment of the change. */
  readonly add?: FreshKeys;
}

/** Signing keys, shared by all instances. Throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class SigningKeyStore {
  /** @param patienceMs - in place of the usual second */
  abstract load(patienceMs?: number): Promise<SigningKeySet>;

  /**
   * Offers a pair of keys for an empty store. Of any number of instances that offer at once, one wins and the others' keys
   * are dropped.
   *
   * @returns the set that stands afterwards, the same for everybody, and whether it was this offer that was taken.
   */
  abstract bootstrap(active: FreshKey, next: FreshKey): Promise<SigningKeySet & { readonly taken: boolean }>;

  /**
   * Changes the set of the given version into its successor: compare and set. Of any number of instances that change the
   * same version at once, one succeeds.
   *
   * @returns false when the set has moved on meanwhile; nothing has happened then.
   */
  abstract change(version: number, change: KeyChange, patienceMs?: number): Promise<boolean>;

  /** Marks a key that is gone already as withdrawn. False when no such key is known; true, too, when it was withdrawn before. */
  abstract withdrawPast(kid: string, reason: KeyRevocationReason): Promise<boolean>;

  /** Keys that are gone, the last one first. Withdrawn ones are kept for good, so that they can be told of for good. */
  abstract past(limit: number): Promise<readonly PastKey[]>;

  /** Withdrawn keys of which the feed has been told to a moment earlier than `beforeMs`. */
  abstract withdrawn(beforeMs: number): Promise<readonly PastKey[]>;

  /** Notes that the feed knows of these withdrawn keys. */
  abstract noteAnnounced(kids: readonly string[], untilMs: number): Promise<void>;

  /** Notes that tokens of this life are signed: the keys in use stay published that much longer once retired. */
  abstract noteTokenLife(seconds: number): Promise<void>;

  /**
   * Notes what the key bundle says beside the keys. When that differs from last time the version grows, so that validators
   * take the bundle with the new settings. Called at start only: two releases running side by side must not outbid each
   * other.
   *
   * @param settings - fingerprint, at most 64 characters.
   */
  abstract announce(settings: string): Promise<void>;
}
