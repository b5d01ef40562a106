import type { Batch } from './batches.js';
import type { ImportFailure, ImportOptions } from './import-file.js';

/** What became of a batch. */
export interface ImportedPart {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failures: readonly ImportFailure[];
}

export type ImportAnswer =
  | { readonly kind: 'taken'; readonly part: ImportedPart }
  /** Trying again would not help. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** May pass. */
  | { readonly kind: 'away'; readonly why: string; readonly retryAfterMs?: number };

/** Where lines are sent. */
export interface ImportApi {
  /** Never throws for what the other end does. */
  send(batch: Batch, options: ImportOptions, stop: AbortSignal): Promise<ImportAnswer>;
}
