import { SessionStore } from '../session-store.port.js';
import type { SessionRecord } from './session-record.js';

/** What the ledger has of one user's sessions. */
export interface KnownSessions {
  /** Open as far as the ledger knows, before their deadlines. */
  readonly open: readonly SessionRecord[];
  /** Ended, and young enough that a store may still hold them as live. */
  readonly endedIds: readonly string[];
}

/** A store that may lose sessions and is given them back, one user at a time. */
export abstract class RestorableSessionStore extends SessionStore {
  /**
   * The same store, in another mood: its moves throw `UserUnrestored` for a user whose sessions were not compared with the
   * ledger at `atMs` or later, by the store's clock. With 0 any comparison will do, and so will sessions that are there though
   * none was ever made: they were opened before there was a ledger.
   */
  abstract restoredSince(atMs: number): RestorableSessionStore;

  /**
   * Compares the user's sessions with what the ledger has, in one step: what is missing or older here is made anew, what has
   * ended there ends here, and what has ended here stays ended. What the ledger lacks is told to the witness.
   *
   * @returns ids of the sessions that changed by it
   */
  abstract restore(userId: number, known: KnownSessions): Promise<string[]>;

  /**
   * The last moment, by the store's clock in ms, at which it may have lost something.
   *
   * @param afterOutage - whether the connection was lost: then it is now
   */
  abstract lossPossibleAtMs(afterOutage: boolean): Promise<number>;
}
