/**
 * `danger`: ended sessions may be accepted, or everybody is locked out; refuse to run like this. `warning`: works, and will
 * hurt one day. `note`: worth knowing.
 */
export type Severity = 'danger' | 'warning' | 'note';

export interface CatalogueEntry {
  readonly severity: Severity;
  readonly meaning: string;
  readonly cure: string;
}

const entryOf =
  (severity: Severity) =>
  (meaning: string, cure: string): CatalogueEntry => ({ severity, meaning, cure });

export const danger = entryOf('danger');
export const warning = entryOf('warning');
export const note = entryOf('note');
