import { validateSync } from 'class-validator';

/** What holds while the service runs: as configured, until a policy says otherwise. */
export interface LivePolicy<Document extends object> {
  /** Under which it is kept. */
  readonly name: string;
  /** What holds now. */
  readonly policy: Document;
  /** @param document - what was set, by whatever version; `undefined` for nothing: the configuration holds. */
  apply(document: Partial<Document> | undefined): void;
}

/**
 * What holds of a document: what this version knows and finds within its bounds. Everything else is as configured, for the document may be
 * of a version to come, or of somebody who can write to the database.
 *
 * @param Bounds - the class with the rules of class-validator for each member
 */
export function withinBounds<Document extends object>(
  Bounds: new () => object,
  configured: Document,
  document: Partial<Document> = {},
): Document {
  const known = Object.entries(document).filter(([name]) => Object.hasOwn(configured, name));
  const stated = Object.assign(new Bounds(), configured, Object.fromEntries(known));
  const wrong = new Set(validateSync(stated).map(({ property }) => property));
  return { ...configured, ...Object.fromEntries(known.filter(([name]) => !wrong.has(name))) };
}
