import type { FeedRecord } from '@gatehouse/contracts';
import type { FeedLedger } from './feed-ledger.js';

/**
 * Where revocations come from. A feed carries records into the {@link FeedLedger} and never decides anything itself.
 *
 * What every feed owes (its conformance suite checks it):
 *
 * - it reads the log from the ledger's position, or from the start when the ledger has lost its place
 * - whenever the ledger sees a hole it reads the log again
 * - it calls `reachedEnd` only when it has read the log to its end
 * - a broken connection is retried for ever, with back-off; nothing is thrown, nothing ends the process
 */
export interface RevocationFeed {
  /** Begins to carry records. Called once. */
  start(ledger: FeedLedger): void;
  /** Ends it for good; resolves when its connections and timers are gone. */
  close(): Promise<void>;
}

export type { FeedRecord };
