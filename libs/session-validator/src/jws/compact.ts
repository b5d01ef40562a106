import { isUtf8 } from 'node:buffer';
import { parseStrictJson } from './strict-json.js';

/** A token taken apart. Nothing in it has been verified. */
export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What was signed: the first two parts as they came (RFC 7515 §5.2). */
  readonly signingInput: string;
}

/** The last header that was found sound, as text and taken apart. */
export interface KnownHeader {
  part: string;
  members: Readonly<Record<string, unknown>>;
}

/**
 * Takes a compact JWS (RFC 7515 §7.1) apart: exactly three non-empty parts, each in the one base64url spelling its bytes
 * have, and a header that is a JSON object without duplicate members (RFC 7515 §4).
 *
 * @param known - remembers the header from call to call: tokens of one key carry the same, letter for letter. Whoever
 *   passes it must hand the header to nobody who could change it.
 * @returns the parts, or a sentence that says what is wrong.
 */
export function parseCompactJws(token: string, known?: KnownHeader): CompactJws | string {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  const hasThreeParts =
    first > 0 && second > first + 1 && second + 1 < token.length && !token.includes('.', second + 1);
  if (!hasThreeParts) return 'not three non-empty parts';

  const headerPart = token.slice(0, first);
  const header = known?.part === headerPart ? known.members : parseHeader(headerPart);
  const payload = canonicalBytes(token.slice(first + 1, second));
  const signature = canonicalBytes(token.slice(second + 1));
  if (!header || !payload || !signature) return 'not canonical base64url';
  if (typeof header === 'string') return `header: ${header}`;
  if (known) Object.assign(known, { part: headerPart, members: header });
  return { header, payload, signature, signingInput: token.slice(0, second) };
}

function parseHeader(part: string): Record<string, unknown> | string | undefined {
  const bytes = canonicalBytes(part);
  return bytes && parseJsonObject(bytes);
}

/**
 * The bytes as a JSON object.
 *
 * @returns the object, or a sentence that says what is wrong.
 */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> | string {
  if (!isUtf8(bytes)) return 'not UTF-8';
  const parsed = parseStrictJson(bytes.toString('utf8'));
  if (!parsed.ok) return parsed.message;
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  return value as Record<string, unknown>;
}

/**
 * Node's decoder skips what it does not know and ignores stray low bits; encoding again tells. Without this one token
 * has many spellings, and whatever is keyed by its text can be walked around.
 */
function canonicalBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}
