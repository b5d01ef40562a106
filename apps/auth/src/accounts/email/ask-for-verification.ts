import type { Post } from '../../mail/post.js';

export interface AskForVerificationCommand {
  readonly email: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Has the link of the sign-up sent again. Does the same for every address, known or not. */
export class AskForVerification {
  constructor(private readonly post: Post) {}

  /**
   * @throws {MailNotSetUp}
   * @throws {DatabaseUnavailable}
   */
  async run({ email, ipAddress, requestId }: AskForVerificationCommand): Promise<void> {
    this.post.assertSetUp();
    await this.post.order({ kind: 'verify_email', address: email, ipAddress, requestId });
  }
}
