/** A letter as it goes out. */
export interface Letter {
  /** One address, as its owner typed it. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Hands letters over for delivery. */
export abstract class Mailer {
  /**
   * Resolves once somebody else has taken responsibility for the letter.
   *
   * @param id - the same for each attempt at one letter, so that a mailbox that gets it twice can tell
   * @throws {LetterRefused} when trying again cannot help.
   * @throws {MailerUnavailable} for everything else.
   */
  abstract send(letter: Letter, id: string): Promise<void>;

  /** Lets go of connections. */
  abstract close(): void;
}

/** Why sending failed, in codes: what servers say may name the address. */
export interface MailFailureFacts {
  /** Of the library, for example `ETIMEDOUT`. */
  readonly code: string;
  /** SMTP reply (RFC 5321 §4.2), where there was one. */
  readonly replyCode?: number;
  /** What the server was asked, for example `RCPT TO`. */
  readonly command?: string;
}

/** The server will never take this letter. */
export class LetterRefused extends Error {
  constructor(readonly facts: MailFailureFacts) {
    super('the mail server refused the letter for good');
    this.name = 'LetterRefused';
  }
}

/** The letter could not be handed over now. It may have been all the same, when the answer was lost. */
export class MailerUnavailable extends Error {
  constructor(readonly facts: MailFailureFacts) {
    super('the mail server did not take the letter');
    this.name = 'MailerUnavailable';
  }
}
