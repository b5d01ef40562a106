import type { Post } from '../../mail/post.js';

export interface ChangeEmailCommand {
  readonly userId: number;
  readonly email: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Asks the owner of a new address whether it is theirs. Nothing changes before they say so. */
export class ChangeEmail {
  constructor(private readonly post: Post) {}

  /**
   * The same for every address: whether somebody has it already, only its mailbox learns.
   *
   * @throws {MailNotSetUp}
   * @throws {DatabaseUnavailable}
   */
  async run({ userId, email, ipAddress, requestId }: ChangeEmailCommand): Promise<void> {
    this.post.assertSetUp();
    await this.post.order({ kind: 'confirm_new_address', userId, address: email, ipAddress, requestId });
  }
}
