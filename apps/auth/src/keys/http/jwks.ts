import { createHash } from 'node:crypto';
import type { PublicSigningKey } from '@gatehouse/contracts';

/** JSON Web Key Set (RFC 7517 §5) and its entity tag. */
export interface Jwks {
  readonly body: { readonly keys: readonly PublicSigningKey[] };
  readonly etag: string;
}

export function jwksOf(keys: readonly PublicSigningKey[]): Jwks {
  const body = { keys };
  return { body, etag: `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"` };
}

/** Whether `If-None-Match` names the tag (RFC 9110 §13.1.2: weak comparison, a list, or `*`). */
export function namesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
