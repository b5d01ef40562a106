import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { InboxMailer } from './adapters/inbox-mailer.js';
import { MemoryMailOutbox } from './adapters/memory-mail-outbox.js';
import { LetterWriter } from './letter-writer.port.js';
import { GIVE_UP_MS, MailCourier } from './mail-courier.js';
import type { MailOrder } from './mail-outbox.port.js';
import { type Letter, LetterRefused, MailerUnavailable } from './mailer.port.js';

const HOUR_MS = 3_600_000;

class PlainWriter extends LetterWriter {
  written = 0;
  override async write({ kind, address }: MailOrder): Promise<Letter | undefined> {
    this.written++;
    if (address === 'nobody@example.test') return undefined;
    return { to: address ?? 'owner@example.test', subject: kind, text: '', html: '' };
  }
}

class MoodyMailer extends InboxMailer {
  mood: Error | undefined;
  attempts = 0;
  override async send(letter: Letter, id: string): Promise<void> {
    this.attempts++;
    if (this.mood) throw this.mood;
    await super.send(letter, id);
  }
}

function aCourier(perAddressAndHour = 5) {
  const clock = new FakeClock();
  const outbox = new MemoryMailOutbox(clock);
  const writer = new PlainWriter();
  const mailer = new MoodyMailer(clock);
  const audit = new MemoryAuditLog();
  const ends: string[] = [];
  const courier = new MailCourier(outbox, writer, mailer, audit, clock, {
    perAddressAndHour,
    onOutcome: (outcome) => ends.push(outcome),
  });
  return { clock, outbox, writer, mailer, audit, courier, ends };
}

const away = new MailerUnavailable({ code: 'ECONNECTION' });

describe('the courier', () => {
  it('takes every letter to the server once', async () => {
    const { courier, outbox, mailer } = aCourier();
    for (let n = 0; n < 12; n++) await outbox.put({ kind: 'password_changed', userId: n });
    expect(await courier.deliverDue()).toBe(12);
    expect(mailer.letters).toHaveLength(12);
    expect(new Set(mailer.letters.map(({ id }) => id)).size).toBe(12);
    expect(await courier.deliverDue()).toBe(0);
  });

  it('comes back with growing pauses while the server is away, and delivers when it is there', async () => {
    const { courier, outbox, mailer, clock } = aCourier();
    await outbox.put({ kind: 'password_changed', userId: 1 });
    mailer.mood = away;
    const attemptsAtMs: number[] = [];
    while (attemptsAtMs.length < 8) {
      await courier.deliverDue();
      if (mailer.attempts > attemptsAtMs.length) attemptsAtMs.push(clock.nowMs());
      clock.advance(1_000);
    }
    const pauses = attemptsAtMs.slice(1).map((atMs, n) => atMs - attemptsAtMs[n]!);
    // 5 s, 10 s, 20 s…, a quarter more or less, and up to a second until somebody looks.
    pauses.forEach((pause, n) => {
      expect(pause).toBeGreaterThanOrEqual(3_750 * 2 ** n);
      expect(pause).toBeLessThanOrEqual(6_250 * 2 ** n + 1_000);
    });
    mailer.mood = undefined;
    clock.advance(2 * HOUR_MS);
    await courier.deliverDue();
    expect(mailer.letters).toHaveLength(1);
  });

  it('never waits longer than an hour, gives up after a day, and leaves a trace without the address', async () => {
    const { courier, outbox, mailer, clock, audit, ends } = aCourier();
    await outbox.put({ kind: 'reset_password', userId: 7, address: 'ada@example.test' });
    mailer.mood = away;
    let sinceMs = clock.nowMs();
    let longestMs = 0;
    for (let seen = 0; !ends.includes('given_up');) {
      await courier.deliverDue();
      if (mailer.attempts > seen) {
        longestMs = Math.max(longestMs, clock.nowMs() - sinceMs);
        [seen, sinceMs] = [mailer.attempts, clock.nowMs()];
      }
      clock.advance(60_000);
      expect(clock.nowMs() - outbox.orders[0]!.createdAtMs).toBeLessThan(GIVE_UP_MS + HOUR_MS);
    }
    expect(longestMs).toBeLessThan(1.3 * HOUR_MS);
    expect(mailer.attempts).toBeGreaterThan(20);
    expect(audit.events).toEqual([
      {
        kind: 'mail.given_up',
        userId: 7,
        details: { reason: 'unreachable', letter: 'reset_password', attempts: mailer.attempts },
      },
    ]);
    expect(await outbox.countWaiting()).toBe(0);
  });

  it('gives up at once what the server will never take', async () => {
    const { courier, outbox, mailer, audit } = aCourier();
    await outbox.put({ kind: 'verify_email', userId: 7, address: 'gone@example.test' });
    mailer.mood = new LetterRefused({ code: 'EENVELOPE', replyCode: 550 });
    await courier.deliverDue();
    expect(audit.events).toMatchObject([{ kind: 'mail.given_up', userId: 7, details: { reason: 'refused' } }]);
    expect(await outbox.countWaiting()).toBe(0);
  });

  it('sends at most so many letters to an address within an hour, however spelled, and tells nobody', async () => {
    const { courier, outbox, mailer, clock } = aCourier(3);
    for (let n = 0; n < 10; n++) {
      await outbox.put({ kind: 'reset_password', address: n % 2 ? 'ADA@example.test' : 'ada@example.test' });
    }
    await outbox.put({ kind: 'reset_password', address: 'eve@example.test' });
    await outbox.put({ kind: 'address_changed', address: 'ada@example.test' });
    await courier.deliverDue();
    const toAda = () => mailer.letters.filter(({ to }) => to.toLowerCase() === 'ada@example.test');
    expect(toAda().map(({ subject }) => subject)).toEqual([
      'address_changed',
      'reset_password',
      'reset_password',
      'reset_password',
    ]);
    expect(mailer.letters).toHaveLength(5);
    clock.advance(HOUR_MS);
    await outbox.put({ kind: 'reset_password', address: 'ada@example.test' });
    await courier.deliverDue();
    expect(toAda()).toHaveLength(5);
  });

  it('lets an address that is asked for all the time still have its letters each hour', async () => {
    const { courier, outbox, mailer, clock } = aCourier(3);
    for (let minute = 0; minute < 300; minute++) {
      await outbox.put({ kind: 'reset_password', address: 'ada@example.test' });
      await courier.deliverDue();
      clock.advance(60_000);
    }
    expect(mailer.letters.length).toBe(15);
  });

  it('does not send twice what was sent while the database went away', async () => {
    const { courier, outbox, mailer, clock } = aCourier();
    await outbox.put({ kind: 'password_changed', userId: 1 });
    const finish = jest.spyOn(outbox, 'finish').mockRejectedValueOnce(new DatabaseUnavailable('away'));
    await expect(courier.deliverDue()).rejects.toThrow(DatabaseUnavailable);
    finish.mockRestore();
    clock.advance(HOUR_MS);
    await courier.deliverDue();
    expect(mailer.attempts).toBe(1);
    expect(await outbox.countWaiting()).toBe(0);
  });

  it('is not stopped by one letter that cannot be written, and does not try it for ever', async () => {
    const { courier, outbox, mailer, writer, clock } = aCourier();
    await outbox.put({ kind: 'reset_password', userId: 1, address: 'bad@example.test' });
    await outbox.put({ kind: 'password_changed', userId: 2 });
    const write = writer.write.bind(writer);
    jest.spyOn(writer, 'write').mockImplementation(async (order) => {
      if (order.userId === 1) throw new TypeError('a fault of ours');
      return write(order);
    });
    await expect(courier.deliverDue()).rejects.toThrow('a fault of ours');
    expect(mailer.letters).toHaveLength(1);
    clock.advance(GIVE_UP_MS + 1);
    await courier.deliverDue();
    expect(await outbox.countWaiting()).toBe(0);
  });

  it('drops what there is nobody to write to', async () => {
    const { courier, outbox, mailer, ends } = aCourier();
    await outbox.put({ kind: 'reset_password', address: 'nobody@example.test' });
    await courier.deliverDue();
    expect([mailer.attempts, ends]).toEqual([0, ['dropped']]);
  });
});
