import type { GrowingDelay, Limit, Verdict } from './limit.js';

/**
 * Counts attempts and says which are too many. Every method is one atomic step; any of them may throw
 * `SessionStoreUnavailable` where a server counts and does not answer in time.
 *
 * What is limited together belongs to one **group**: a name that says where it is counted (on a cluster, the slot). One limit
 * must always be asked for under the same group, or it is counted twice. Group by caller where a caller's limits concern
 * nobody else; use one name for all where limits cross, as those of an address and of an account do.
 */
export abstract class RateLimiter {
  /**
   * Charges all limits, or none of them when one refuses. Refused attempts extend nothing: whoever waits as long as told is
   * admitted, if nobody else has used up what became free.
   */
  abstract take(group: string, limits: readonly Limit[]): Promise<Verdict>;

  /** The attempt was no failure after all: undoes its charge, and what it put off. Once per attempt. */
  abstract withdraw(group: string, delay: GrowingDelay, mark: string): Promise<void>;

  /** Forgets all failures counted so far, and what they put off. */
  abstract forgive(group: string, delay: GrowingDelay): Promise<void>;
}
