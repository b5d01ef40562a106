import { OrderNotFound } from './order.errors.js';
import type { Order } from './order.js';
import type { OrderEvents } from './order-events.js';
import type { OrderRepository } from './order-repository.port.js';

/** Cancels an order. Harmless when it is cancelled already. */
export class CancelOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly events: OrderEvents,
  ) {}

  /** @throws {OrderNotFound} also for an order of somebody else. */
  async run(userId: number, id: string): Promise<Order> {
    const order = await this.orders.cancel(userId, id);
    if (!order) throw new OrderNotFound();
    this.events.tell(order);
    return order;
  }
}
