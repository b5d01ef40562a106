import { createHash } from 'node:crypto';

/** What identities are looked up by: of one length, and compared byte by byte whatever the database makes of letters. */
export function keyPrint(key: string): string {
  return printOf('key', key);
}

/** A provider's own session (`sid`), as a front- or back-channel logout names it. */
export function providerSessionPrint(provider: string, issuer: string, providerSessionId: string): string {
  return printOf('sid', provider, issuer, providerSessionId);
}

/** A person at a provider, as a logout token names them. Not the key of the identity: at Entra that is another. */
export function subjectPrint(provider: string, issuer: string, subject: string): string {
  return printOf('sub', provider, issuer, subject);
}

/**
 * Names a token by what was signed. Not by its whole text: of one set of claims a client can make several good signatures (ECDSA), and
 * each would be another text.
 */
export function tokenPrint(token: string): string {
  return printOf('token', token.slice(0, Math.max(0, token.lastIndexOf('.'))));
}

function printOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
