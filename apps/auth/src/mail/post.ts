import type { MailOutbox, NewMailOrder } from './mail-outbox.port.js';
import { MailNotSetUp } from './mail.errors.js';

/** Where rooms hand in letters. Never waits for a mail server. */
export class Post {
  /** @param onOrder - wakes whoever delivers; `undefined` where nobody does */
  constructor(
    private readonly outbox: MailOutbox,
    private readonly onOrder: (() => void) | undefined,
  ) {}

  /** Whether letters go anywhere. */
  get isSetUp(): boolean {
    return this.onOrder !== undefined;
  }

  /** @throws {MailNotSetUp} where a feature cannot do without. */
  assertSetUp(): void {
    if (!this.isSetUp) throw new MailNotSetUp();
  }

  /**
   * Once it resolves, the letter will be written and sent whatever happens to this process. Where there is no mail, nothing happens.
   *
   * @throws {DatabaseUnavailable}
   */
  async order(order: NewMailOrder): Promise<void> {
    if (!this.onOrder) return;
    await this.outbox.put(order);
    this.onOrder();
  }

  /** Forgets all letters about a person, sent or not. */
  forget(userId: number): Promise<void> {
    return this.outbox.forget(userId);
  }
}
