/** What a token lets its holder do, once. */
export type TokenPurpose = 'verify_email' | 'change_email' | 'reset_password' | 'restore_account' | 'export';

export interface AccountToken {
  readonly userId: number;
  readonly purpose: TokenPurpose;
  /** The address it was sent to, where that matters. */
  readonly address: string | undefined;
  readonly expiresAtMs: number;
}

/** Single-use tokens, by their hashes. Every method throws `DatabaseUnavailable`. */
export abstract class AccountTokenStore {
  /** Adds a token in place of whatever the person had for this purpose. */
  abstract replace(token: AccountToken, tokenHash: string): Promise<void>;

  /** The token while it is good; it stays so. */
  abstract find(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined>;

  /** Of any number of callers with one token exactly one gets it; after that it is gone. */
  abstract consume(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined>;

  /** Ends the person's tokens for these purposes, or all. */
  abstract voidAll(userId: number, purposes?: readonly TokenPurpose[]): Promise<void>;

  /** Removes what expired before then. @returns how many. */
  abstract prune(beforeMs: number): Promise<number>;
}
