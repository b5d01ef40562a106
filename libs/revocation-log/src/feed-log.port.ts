import type { FeedRecord, RevocationEntry } from '@gatehouse/contracts';

/**
 * The log is in another life than the caller believes, or has lost records it once confirmed: open an epoch, replay what
 * still matters, try again.
 */
export interface EpochMismatch {
  readonly kind: 'epoch-mismatch';
  /** The epoch it is in; `undefined` when it is empty. The caller's own when records were lost: abandon it. */
  readonly epoch: string | undefined;
}

export interface Appended {
  readonly kind: 'appended';
  readonly records: readonly FeedRecord[];
}

/**
 * The revocation feed from its writer's side. Each method is one atomic step and throws `SessionStoreUnavailable` when the
 * log does not answer in time; repeating is safe, since entries are idempotent.
 */
export abstract class FeedLog {
  /**
   * Names a life of the log: `proposed` when it is empty or in the epoch `abandoning`, else the epoch it is already in. From
   * then on only this epoch is written. Writers that race get the same answer.
   */
  abstract openEpoch(proposed: string, abandoning?: string): Promise<string>;

  /** The epoch the log is in, `undefined` when it is empty. */
  abstract currentEpoch(): Promise<string | undefined>;

  /** Appends in order and announces each, if the log is in `epoch`; trims what is older than `keepMs`. */
  abstract append(
    epoch: string,
    entries: readonly RevocationEntry[],
    keepMs: number,
  ): Promise<Appended | EpochMismatch>;

  /**
   * Appends a heartbeat, which promises readers that everything of this epoch that still matters lies before it.
   * Call it only after replaying, in this epoch, all entries that still matter.
   */
  abstract beat(epoch: string, keepMs: number): Promise<Appended | EpochMismatch>;

  /**
   * Up to `limit` records after `position`, in order; fewer only where the log ends. `position` may be `FEED_START`. What
   * somebody else has put into the log is passed over, and the next record names the one before that.
   */
  abstract readAfter(position: string, limit: number): Promise<FeedRecord[]>;

  /** Calls back for each record appended from now on, by any writer. Lossy: a reader checks `previous`. @returns stop. */
  abstract onRecord(listener: (record: FeedRecord) => void): () => void;

  /**
   * Whether what `append` acknowledged outlives the loss of the log's process. Asked when the database is away, before a
   * sign-out is acknowledged. An append-only file that is flushed each second counts: only the loss of that process within
   * the second, with the database away at the same time, would lose the entry.
   */
  abstract isDurable(): Promise<boolean>;
}
