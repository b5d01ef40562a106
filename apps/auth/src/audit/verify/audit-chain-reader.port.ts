import type { ChainedRow, ChainHead } from '../chain.js';

/** A row of the chain as it stands there, to be believed or not. */
export type ReadRow = ChainedRow & { readonly hash: string };

export interface ReadHead {
  readonly head: ChainHead;
  readonly seal: string | null;
}

/** Reads the chain as it is. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class AuditChainReader {
  /** `undefined` when somebody has taken it away. */
  abstract head(): Promise<ReadHead | undefined>;

  /** Rows after a number, in order; fewer than `limit` only at the end. */
  abstract rows(afterSeq: number, limit: number): Promise<readonly ReadRow[]>;

  /** Rows that have no place in the chain. */
  abstract countUnlinked(): Promise<number>;
}
