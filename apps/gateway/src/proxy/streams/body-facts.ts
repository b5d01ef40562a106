import type { IncomingMessage } from 'node:http';

/** What the headers say about the body that follows. */
export type BodyFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'some'; readonly length: number | undefined }
  /** In a coding that we would have to undo to count it (RFC 9112 §6.1). */
  | { readonly kind: 'unreadable' };

const NONE: BodyFacts = { kind: 'none' };

/** Node's parser has refused everything of two minds: both length and coding, lengths that differ or repeat. */
export function bodyFacts({ headers }: IncomingMessage): BodyFacts {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined)
    return coding.trim().toLowerCase() === 'chunked' ? { kind: 'some', length: undefined } : { kind: 'unreadable' };
  const length = headers['content-length'];
  if (length === undefined) return NONE;
  const bytes = Number(length);
  return bytes === 0 ? NONE : { kind: 'some', length: bytes };
}
