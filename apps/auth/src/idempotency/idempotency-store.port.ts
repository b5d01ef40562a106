/** What the handler returned the first time; the status belongs to the route. Holds no token: routes that hand out tokens are not kept here. */
export interface StoredAnswer {
  /** JSON. */
  readonly body: unknown;
}

export type Beginning =
  /** Nobody has used the key: do the work, then `finish` or `abandon` under this claim. */
  | { readonly kind: 'begun'; readonly claim: string }
  /** The same request is being worked on. */
  | { readonly kind: 'running' }
  /** The key belongs to a different request. */
  | { readonly kind: 'other-request' }
  | { readonly kind: 'finished'; readonly answer: StoredAnswer };

/** A claim nobody finishes (its process died) is given up after this long. Outlives the longest request. */
export const CLAIM_MS = 30_000;
/** How long an answer is repeated. */
export const KEEP_MS = 24 * 3_600_000;

/**
 * Remembers which requests have been answered. Each method is one atomic step and throws `SessionStoreUnavailable` when the
 * store does not answer in time.
 */
export abstract class IdempotencyStore {
  /**
   * Of any number that begin with one key, one is told `begun`.
   *
   * @param key - caller, route and the client's key; see `scopedKey`
   * @param fingerprint - of everything that makes it this request and no other
   */
  abstract begin(key: string, fingerprint: string): Promise<Beginning>;

  /** Keeps the answer for {@link KEEP_MS}. Does nothing when the claim has been given up meanwhile. */
  abstract finish(key: string, claim: string, answer: StoredAnswer): Promise<void>;

  /** The work failed: the key is free again. Does nothing when the claim has been given up meanwhile. */
  abstract abandon(key: string, claim: string): Promise<void>;
}
