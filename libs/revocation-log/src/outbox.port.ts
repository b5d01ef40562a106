import type { RevocationEntry, RevocationReason, RevocationScope } from '@gatehouse/contracts';

/** A revocation as the database keeps it. */
export interface OutboxRow {
  readonly entry: RevocationEntry;
  /** Whose session or token it is, when known: needed to end the session in the store too. */
  readonly userId: number | null;
}

/** A row with its place in the outbox. */
export interface ListedRevocation extends OutboxRow {
  /** Grows in the order of writing. */
  readonly position: number;
  /** `null` until it is in the feed and enforced. */
  readonly deliveredAtMs: number | null;
}

/** A page of the outbox, newest first; filters left out let everything through. */
export interface OutboxQuery {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Position to begin before. @default the newest row */
  readonly beforePosition?: number;
  readonly scope?: RevocationScope;
  readonly value?: string;
  readonly reason?: RevocationReason;
}

/**
 * Revocations in the database, written before anything is acknowledged. Methods throw `DatabaseUnavailable` when the
 * database does not answer in time.
 */
export abstract class RevocationOutbox {
  /** Commits the rows, undelivered. A row with the same entry id, scope and value is kept as it is. */
  abstract add(rows: readonly OutboxRow[]): Promise<void>;

  /**
   * Hands up to `limit` undelivered rows to `deliver` and marks them delivered once it resolves; when it throws they stay
   * undelivered. Rows another instance is delivering right now are passed over, unless `waitForOthers`.
   *
   * @returns how many rows were delivered.
   */
  abstract deliverPending(
    limit: number,
    deliver: (rows: readonly OutboxRow[]) => Promise<void>,
    options?: { waitForOthers?: boolean },
  ): Promise<number>;

  /** Marks these entries delivered: they were appended right after `add`. */
  abstract markDelivered(entries: readonly RevocationEntry[]): Promise<void>;

  /** All rows that still matter at `nowMs` (delivered ones too), oldest first, in pages of at most `limit`. */
  abstract unexpired(nowMs: number, limit: number): AsyncIterable<readonly OutboxRow[]>;

  /** The rows of one revocation, in the order of writing; none when nobody knows the id, or when it is past and forgotten. */
  abstract find(entryId: string): Promise<readonly OutboxRow[]>;

  /** The rows that are still kept, newest first: those that matter, those not delivered, and those not pruned yet. */
  abstract page(query: OutboxQuery): Promise<readonly ListedRevocation[]>;

  /** Rows not delivered yet, for gauges. */
  abstract countPending(): Promise<number>;

  /** Deletes delivered rows that stopped mattering before `nowMs`. @returns how many. */
  abstract prune(nowMs: number): Promise<number>;
}
