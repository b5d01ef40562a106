import type { Post } from '../../mail/post.js';

export interface ForgotPasswordCommand {
  readonly email: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/**
 * Has a link to a new password mailed. Does the same for every address, known or not: it notes the wish, and who is behind the
 * address is looked up where nobody measures the time.
 */
export class ForgotPassword {
  constructor(private readonly post: Post) {}

  /**
   * @throws {MailNotSetUp}
   * @throws {DatabaseUnavailable}
   */
  async run({ email, ipAddress, requestId }: ForgotPasswordCommand): Promise<void> {
    this.post.assertSetUp();
    await this.post.order({ kind: 'reset_password', address: email, ipAddress, requestId });
  }
}
