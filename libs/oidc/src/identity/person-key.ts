import { createHash } from 'node:crypto';

/** What makes somebody the same person tomorrow. */
export type PersonFacts =
  | { readonly type: 'entra'; readonly tenantId: string; readonly objectId: string }
  | { readonly type: 'oidc'; readonly issuer: string; readonly subject: string };

const MAX_LENGTH = 512;

/**
 * `entra|<tid>|<oid>` or `oidc|<iss>|<sub>`, in printable ASCII: two people never share a key, whatever issuers write, and
 * no database folds two into one by accents or trailing spaces. Letter case counts: compare it byte by byte.
 *
 * What would be longer than 512 characters becomes `oidc-sha256|<hash of the whole>`.
 */
export function personKey(facts: PersonFacts): string {
  const parts =
    facts.type === 'entra'
      ? [facts.tenantId.toLowerCase(), facts.objectId.toLowerCase()]
      : [facts.issuer, facts.subject];
  const key = [facts.type, ...parts.map(escaped)].join('|');
  if (key.length <= MAX_LENGTH) return key;
  return `${facts.type}-sha256|${createHash('sha256').update(key).digest('base64url')}`;
}

/** Percent-encodes `%`, `|`, blanks and all beyond ASCII; a lone surrogate, which has no UTF-8, as `%u` and its number. */
function escaped(text: string): string {
  return text.replace(/[^\x21-\x7e]|[%|]/gu, (character) =>
    /\p{Surrogate}/u.test(character)
      ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
      : Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
