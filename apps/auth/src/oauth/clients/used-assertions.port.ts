/** Which proofs of clients have been used. Throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class UsedAssertions {
  /**
   * Of any number that use one proof, over all instances, one is told `true`.
   *
   * @param expiresAtMs - when it would not be taken any more anyway; until then it is remembered
   */
  abstract useOnce(clientId: string, tokenId: string, expiresAtMs: number): Promise<boolean>;

  /** Forgets those that expired before `nowMs`. */
  abstract prune(nowMs: number): Promise<void>;
}
