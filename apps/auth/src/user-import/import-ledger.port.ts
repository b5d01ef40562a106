/** What became of lines so far. */
export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  /** The address was known, and nothing was to be changed. */
  readonly skipped: number;
  readonly failed: number;
}

/** An import, over all the requests it came in. */
export interface ImportRecord extends ImportCounts {
  readonly id: string;
  readonly startedBy: number;
  readonly dryRun: boolean;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
}

export type NewImport = Pick<ImportRecord, 'id' | 'startedBy' | 'dryRun'>;

/** How far imports have come. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class ImportLedger {
  /**
   * Begins an import, or goes on with it.
   *
   * @returns the record as it stands; it belongs to whoever began it, and whether it is a dry run is as it was then.
   */
  abstract begin(given: NewImport): Promise<ImportRecord>;

  /** Adds to the counts, in one step however many requests run at a time. */
  abstract add(id: string, counts: ImportCounts): Promise<void>;

  abstract find(id: string): Promise<ImportRecord | undefined>;
}
