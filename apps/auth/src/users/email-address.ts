/**
 * An e-mail address in the one spelling under which it is looked up. Only {@link canonicalEmail} makes one, so a lookup with
 * a raw address does not compile.
 */
export type CanonicalEmail = string & { readonly __brand: 'CanonicalEmail' };

/** RFC 5321 §4.5.3.1.3 leaves 254 characters for an address between its brackets. */
export const MAX_EMAIL_LENGTH = 254;

/** Host of what stands in place of an address for somebody who has none here. No mail ever gets there (RFC 2606 §2). */
export const NO_ADDRESS_HOST = 'identities.invalid';

/** Whether mail to the address would reach nobody, for it is none. */
export function leadsNowhere(address: string): boolean {
  return address.endsWith(`@${NO_ADDRESS_HOST}`);
}

/** White space, control, format (zero-width, direction) and unassigned characters, lone surrogates: look-alikes are made of them. */
const HIDDEN = /[\p{C}\p{Z}]/u;

/**
 * The spelling addresses are compared in: NFKC and case folded, domain and local part alike. Nothing is trimmed and no
 * provider's rules (dots, `+tag`) are guessed.
 *
 * Folding goes through upper case because that is where spellings meet (`ß` and `SS`, `σ` and `ς`, `ı` and `i`). It is a
 * little wider than Unicode's own table on purpose: two addresses that look alike must not become two accounts.
 */
export function canonicalEmail(address: string): CanonicalEmail {
  let folded = address;
  // A fold can yield characters that fold again; three rounds settle every character there is (a test walks them all).
  for (let round = 0; round < 3; round++) folded = folded.toUpperCase().toLowerCase().normalize('NFKC');
  return folded as CanonicalEmail;
}

/** Whether the address has characters that nobody sees. */
export function hasHiddenCharacters(text: string): boolean {
  return HIDDEN.test(text);
}
