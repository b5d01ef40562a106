import type { Letter } from './mailer.port.js';
import type { MailOrder } from './mail-outbox.port.js';

/** Knows what a letter says. */
export abstract class LetterWriter {
  /**
   * Writes the letter, with fresh links: those of an earlier attempt stop working.
   *
   * @returns `undefined` when there is nobody to write to, or nothing left to say.
   * @throws {DatabaseUnavailable}
   */
  abstract write(order: MailOrder): Promise<Letter | undefined>;
}
