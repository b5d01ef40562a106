/** What a policy says. */
export type PolicyDocument = Readonly<Record<string, number | string | boolean | readonly string[]>>;

/** A policy as it was last set. */
export interface KeptPolicy {
  readonly name: string;
  /** 1 for the first, one more with each change. */
  readonly version: number;
  readonly document: PolicyDocument;
  readonly updatedAtMs: number;
  readonly updatedBy: number | null;
}

/** Policies, for ever. Methods throw `DatabaseUnavailable` when the database does not answer in time. */
export abstract class PolicyStore {
  abstract all(): Promise<KeptPolicy[]>;

  /**
   * Puts a document in the place of version `version`; 0 for the first one. Of any number of writers with one version exactly
   * one succeeds.
   *
   * @returns `undefined` when the version is not the newest.
   */
  abstract replace(
    name: string,
    version: number,
    document: PolicyDocument,
    updatedBy: number,
  ): Promise<KeptPolicy | undefined>;
}
