import { createHash, timingSafeEqual } from 'node:crypto';
import { StreamClosed, StreamTokenInvalid, StreamTokenMissing } from './stream.errors.js';

/** Who may read the revocation stream: whoever shows its token. It tells session ids, never tokens. */
export class StreamAccess {
  private readonly expected: Buffer | undefined;

  /**
   * @param token - `REVOCATION_STREAM_TOKEN`
   * @param openWithoutToken - whether everybody may read where none is set up; never in production.
   */
  constructor(
    token: string | undefined,
    private readonly openWithoutToken: boolean,
  ) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /**
   * @param shown - the bearer token of the request, the empty string when there is none
   * @throws {StreamClosed} {@link StreamTokenMissing} {@link StreamTokenInvalid}
   */
  check(shown: string): void {
    if (!this.expected) {
      if (this.openWithoutToken) return;
      throw new StreamClosed();
    }
    if (shown === '') throw new StreamTokenMissing();
    // Digests have one length, so the comparison tells nothing about that of the token either.
    if (!timingSafeEqual(digest(shown), this.expected)) throw new StreamTokenInvalid();
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
