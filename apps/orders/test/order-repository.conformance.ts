import type { NewOrder } from '../src/orders/order.js';
import type { OrderRepository } from '../src/orders/order-repository.port.js';
import { randomUuid } from '@gatehouse/kernel';

let users = 1_000;
export const aUserId = () => ++users;

export function anOrder(given: Partial<NewOrder> = {}): NewOrder {
  return { id: randomUuid(), userId: aUserId(), item: 'A blue umbrella', quantity: 1, note: null, ...given };
}

/** What every `OrderRepository` owes. */
export function describeOrderRepository(name: string, make: () => Promise<OrderRepository>): void {
  describe(`OrderRepository: ${name}`, () => {
    let orders: OrderRepository;
    beforeAll(async () => {
      orders = await make();
    });

    it('gives back what was kept', async () => {
      const wanted = anOrder({ item: 'Käse "🧀" \\ \'; --', note: 'ring\ntwice' });
      const kept = await orders.add(wanted);
      expect(kept).toMatchObject({ ...wanted, status: 'placed' });
      expect(await orders.find(wanted.userId, wanted.id)).toEqual(kept);
    });

    it('shows nobody an order of somebody else, and lets nobody cancel it', async () => {
      const { id, userId } = await orders.add(anOrder());
      const stranger = aUserId();
      expect(await orders.find(stranger, id)).toBeUndefined();
      expect(await orders.list(stranger, { limit: 10 })).toEqual([]);
      expect(await orders.cancel(stranger, id)).toBeUndefined();
      expect((await orders.find(userId, id))?.status).toBe('placed');
    });

    it('lists newest first, page by page', async () => {
      const userId = aUserId();
      const kept = [];
      for (let i = 0; i < 5; i++) kept.push(await orders.add(anOrder({ userId })));
      const newestFirst = [...kept].reverse();
      expect(await orders.list(userId, { limit: 2 })).toEqual(newestFirst.slice(0, 2));
      expect(await orders.list(userId, { limit: 9, before: newestFirst[1]!.sequence })).toEqual(newestFirst.slice(2));
    });

    it('cancels once and stays cancelled', async () => {
      const { id, userId } = await orders.add(anOrder());
      expect((await orders.cancel(userId, id))?.status).toBe('cancelled');
      expect((await orders.cancel(userId, id))?.status).toBe('cancelled');
      expect(await orders.cancel(userId, randomUuid())).toBeUndefined();
    });

    it('refuses an id that is taken', async () => {
      const { id } = await orders.add(anOrder());
      await expect(orders.add(anOrder({ id }))).rejects.toThrow();
    });
  });
}
