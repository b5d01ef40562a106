import { InvalidCursor } from './audit.errors.js';

/** Where a page ended. Time first: that is the order, and what the indexes are made for. */
export interface Place {
  readonly occurredAtMs: number;
  /** Tells events of one millisecond apart. */
  readonly id: number;
}

export function cursorOf({ occurredAtMs, id }: Place): string {
  return Buffer.from(`${occurredAtMs}.${id}`).toString('base64url');
}

/** @throws {InvalidCursor} */
export function placeOf(cursor: string): Place {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, occurredAtMs, id] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (occurredAtMs === undefined || id === undefined) throw new InvalidCursor();
  return { occurredAtMs: Number(occurredAtMs), id: Number(id) };
}

/** Newest first. */
export function newestFirst(a: Place, b: Place): number {
  return b.occurredAtMs - a.occurredAtMs || b.id - a.id;
}
