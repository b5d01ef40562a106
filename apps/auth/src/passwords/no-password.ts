/** Marks what stands in place of a hash for somebody who signs in elsewhere. */
const MARK = 'none:';

/**
 * In place of the hash of somebody who has no password: nobody's, and as costly to check as any, so that time does not tell who has
 * none.
 *
 * @param decoyHash - of the hasher
 */
export function noPassword(decoyHash: string): string {
  return MARK + decoyHash;
}

/** Whether what is kept is the hash of a password, rather than {@link noPassword}. */
export function hasPassword(kept: string): boolean {
  return !kept.startsWith(MARK);
}

/** What to spend the time of a check on; the answer is no, whatever comes of it. `undefined` for the hash of a password. */
export function decoyIn(kept: string): string | undefined {
  return hasPassword(kept) ? undefined : kept.slice(MARK.length);
}
