import type { Session } from '../session.js';
import type { KnownSessions } from './restorable-session-store.js';
import type { EndedRecord, SessionRecord } from './session-record.js';

/** News of one session. A record of an ended session may still be written, for the history; it stays ended. */
export interface LedgerEntry {
  readonly record?: SessionRecord | undefined;
  readonly ended?: (EndedRecord & { readonly atMs: number }) | undefined;
}

/** What the ledger holds after a record was written: that record or a later one, or one that contradicts it. */
export type WriteOutcome = 'kept' | 'contradicted';

/** A session that is over. */
export interface PastSession {
  readonly session: Session;
  readonly endedAtMs: number;
  /** As `RevocationReason`; `idle_timeout` and `absolute_timeout` for one that ran out. */
  readonly reason: string;
}

/** A place in the history: what ended earlier lies behind it, and of what ended at the same moment the lower ids. */
export interface PastPlace {
  readonly endedAtMs: number;
  readonly sessionId: string;
}

/**
 * Sessions where they are never lost. Late by what waits to be written, and never ahead of the store.
 *
 * Every method throws `DatabaseUnavailable` when the database does not answer.
 */
export abstract class SessionLedger {
  /**
   * Takes up news, of each session once. Older news than the ledger has changes nothing: a higher rotation wins, of two accounts
   * of one rotation the one that rotated first, and then the higher version. An end is final. Bears repetition.
   *
   * @returns by session id, what became of each record
   */
  abstract write(entries: readonly LedgerEntry[]): Promise<ReadonlyMap<string, WriteOutcome>>;

  /** A user's sessions, for a store that has lost them. What was revoked durably counts as ended, whoever wrote it. */
  abstract ofUser(userId: number): Promise<KnownSessions>;

  /** Whose session it is or was. */
  abstract ownerOf(sessionId: string): Promise<number | undefined>;

  /** The user's sessions that are over, those that ended last first, at most `limit`, and behind a place when one is given. */
  abstract history(userId: number, limit: number, behind?: PastPlace): Promise<PastSession[]>;

  /** Forgets all of the user's sessions, live ones included: end them first. */
  abstract forget(userId: number): Promise<void>;

  /** Ends in the ledger what is revoked durably and not marked yet, and drops what is over for longer than it is kept. */
  abstract tidy(): Promise<void>;
}
