import type { FakeClock } from '@gatehouse/kernel/testing';
import type { MailOrder, MailOutbox } from '../src/mail/mail-outbox.port.js';

export interface OutboxUnderTest {
  readonly clock: FakeClock;
  /** Outboxes over the same orders, as instances of the service have them; one where there can be only one. */
  readonly outboxes: readonly MailOutbox[];
}

const HOUR_MS = 3_600_000;
const LEASE_MS = 60_000;

/** What every {@link MailOutbox} promises. */
export function describeMailOutbox(name: string, set: () => Promise<OutboxUnderTest>): void {
  describe(`mail orders in ${name}`, () => {
    let outbox: MailOutbox;
    let outboxes: readonly MailOutbox[];
    let clock: FakeClock;
    beforeAll(async () => {
      ({ clock, outboxes } = await set());
      outbox = outboxes[0]!;
    });
    beforeEach(async () => {
      // Whatever the test before has left.
      for (const order of await drained()) await outbox.finish(order.id, 'dropped');
      clock.advance(2 * HOUR_MS);
      await outbox.prune(clock.nowMs());
    });

    async function drained(): Promise<MailOrder[]> {
      clock.advance(24 * HOUR_MS);
      return outbox.take(1_000, LEASE_MS);
    }

    it('come back as they were made, first come first', async () => {
      await outbox.put({
        kind: 'verify_email',
        userId: 7,
        address: 'Ada@Example.test',
        ipAddress: '::1',
        requestId: 'r',
      });
      clock.advance(1);
      await outbox.put({ kind: 'password_changed', userId: 8 });
      expect(await outbox.take(10, LEASE_MS)).toEqual([
        {
          id: expect.any(Number),
          kind: 'verify_email',
          userId: 7,
          address: 'Ada@Example.test',
          ipAddress: '::1',
          requestId: 'r',
          createdAtMs: clock.nowMs() - 1,
          attempts: 1,
        },
        expect.objectContaining({ kind: 'password_changed', userId: 8, address: undefined, attempts: 1 }),
      ]);
    });

    it('are taken once, whoever asks, until the lease is over', async () => {
      for (let n = 0; n < 20; n++) await outbox.put({ kind: 'password_changed', userId: n + 1 });
      const taken = await Promise.all(
        Array.from({ length: 12 }, (_, n) => outboxes[n % outboxes.length]!.take(20, LEASE_MS)),
      );
      expect(taken.flat()).toHaveLength(20);
      clock.advance(LEASE_MS - 1);
      expect(await outbox.take(20, LEASE_MS)).toEqual([]);
      clock.advance(1);
      const again = await outbox.take(20, LEASE_MS);
      expect(again.map(({ attempts }) => attempts)).toEqual(again.map(() => 2));
      expect(again).toHaveLength(20);
    });

    it('rest when they are postponed, and are gone when they are finished', async () => {
      await outbox.put({ kind: 'password_changed', userId: 1 });
      const [order] = await outbox.take(1, LEASE_MS);
      await outbox.postpone(order!.id, clock.nowMs() + 500);
      expect(await outbox.take(1, LEASE_MS)).toEqual([]);
      clock.advance(500);
      expect(await outbox.take(1, LEASE_MS)).toHaveLength(1);
      expect(await outbox.countWaiting()).toBe(1);
      await outbox.finish(order!.id, 'sent');
      expect(await outbox.countWaiting()).toBe(0);
      await outbox.postpone(order!.id, clock.nowMs());
      expect(await drained()).toEqual([]);
    });

    it('count per address, in whatever spelling, the dropped ones left out and each in its place', async () => {
      for (const address of ['ada@example.test', 'ADA@example.test', 'ada@example.test', 'eve@example.test']) {
        await outbox.put({ kind: 'reset_password', address });
      }
      const orders = await outbox.take(10, LEASE_MS);
      const counts = () => Promise.all(orders.map((order) => outbox.countBefore(order, HOUR_MS)));
      expect(await counts()).toEqual([0, 1, 2, 0]);
      await outbox.finish(orders[0]!.id, 'sent');
      await outbox.finish(orders[1]!.id, 'dropped');
      expect(await counts()).toEqual([0, 1, 1, 0]);
      clock.advance(HOUR_MS);
      await outbox.put({ kind: 'reset_password', address: 'ada@example.test' });
      const [later] = (await outbox.take(10, LEASE_MS)).filter(({ attempts }) => attempts === 1);
      expect(await outbox.countBefore(later!, HOUR_MS)).toBe(0);
    });

    it('count each kind by itself: one that others ask for does not use up another', async () => {
      for (const kind of ['address_taken', 'reset_password', 'address_taken', 'reset_password'] as const) {
        await outbox.put({ kind, address: 'ada@example.test' });
      }
      const orders = await outbox.take(10, LEASE_MS);
      const counts = await Promise.all(
        orders.map(async (order) => [order.kind, await outbox.countBefore(order, HOUR_MS)]),
      );
      expect(counts).toEqual([
        ['address_taken', 0],
        ['reset_password', 0],
        ['address_taken', 1],
        ['reset_password', 1],
      ]);
    });

    it('never count where an owner is told what happened', async () => {
      for (let n = 0; n < 3; n++) await outbox.put({ kind: 'address_changed', userId: 1, address: 'ada@example.test' });
      const orders = await outbox.take(10, LEASE_MS);
      expect(await Promise.all(orders.map((order) => outbox.countBefore(order, HOUR_MS)))).toEqual([0, 0, 0]);
    });

    it('of somebody who is forgotten are gone, and nobody else’s', async () => {
      await outbox.put({ kind: 'password_changed', userId: 1 });
      await outbox.put({ kind: 'password_changed', userId: 2 });
      await outbox.forget(1);
      expect((await outbox.take(10, LEASE_MS)).map(({ userId }) => userId)).toEqual([2]);
    });

    it('are pruned when they have been finished for long, and only then', async () => {
      await outbox.put({ kind: 'password_changed', userId: 1 });
      await outbox.put({ kind: 'password_changed', userId: 2 });
      const [first] = await outbox.take(10, LEASE_MS);
      await outbox.finish(first!.id, 'sent');
      expect(await outbox.prune(clock.nowMs())).toBe(0);
      expect(await outbox.prune(clock.nowMs() + 1)).toBe(1);
      expect(await outbox.countWaiting()).toBe(1);
    });
  });
}
