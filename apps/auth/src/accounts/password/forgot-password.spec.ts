import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryMailOutbox } from '../../mail/adapters/memory-mail-outbox.js';
import { MailNotSetUp } from '../../mail/mail.errors.js';
import { Post } from '../../mail/post.js';
import { AskForVerification } from '../email/ask-for-verification.js';
import { ChangeEmail } from '../email/change-email.js';
import { ForgotPassword } from './forgot-password.js';

const place = { ipAddress: '192.0.2.1', requestId: 'req-1' };

describe('asking for a letter', () => {
  it('is one note for later, whoever is behind the address: nothing that takes longer for some (A9)', async () => {
    const outbox = new MemoryMailOutbox(new FakeClock());
    const put = jest.spyOn(outbox, 'put');
    const calls: number[] = [];
    const post = new Post(outbox, () => calls.push(1));
    for (const email of ['known@example.test', 'unknown@example.test']) {
      await new ForgotPassword(post).run({ email, ...place });
      await new AskForVerification(post).run({ email, ...place });
      await new ChangeEmail(post).run({ userId: 7, email, ...place });
    }
    expect([put.mock.calls.length, calls.length]).toEqual([6, 6]);
    expect(outbox.orders.map(({ kind, address }) => [kind, address])).toEqual(
      ['known@example.test', 'unknown@example.test'].flatMap((address) => [
        ['reset_password', address],
        ['verify_email', address],
        ['confirm_new_address', address],
      ]),
    );
  });

  it('says that there is no mail before it does anything', async () => {
    const outbox = new MemoryMailOutbox(new FakeClock());
    const post = new Post(outbox, undefined);
    const email = 'ada@example.test';
    await expect(new ForgotPassword(post).run({ email, ...place })).rejects.toThrow(MailNotSetUp);
    await expect(new AskForVerification(post).run({ email, ...place })).rejects.toThrow(MailNotSetUp);
    await expect(new ChangeEmail(post).run({ userId: 7, email, ...place })).rejects.toThrow(MailNotSetUp);
    expect(outbox.orders).toEqual([]);
  });
});
