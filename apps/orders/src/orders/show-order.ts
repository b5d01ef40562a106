import { OrderNotFound } from './order.errors.js';
import type { Order } from './order.js';
import type { OrderRepository } from './order-repository.port.js';

export class ShowOrder {
  constructor(private readonly orders: OrderRepository) {}

  /** @throws {OrderNotFound} also for an order of somebody else. */
  async run(userId: number, id: string): Promise<Order> {
    const order = await this.orders.find(userId, id);
    if (!order) throw new OrderNotFound();
    return order;
  }
}
