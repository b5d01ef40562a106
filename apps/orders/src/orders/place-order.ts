import { randomUuid } from '@gatehouse/kernel';
import type { Order } from './order.js';
import type { OrderEvents } from './order-events.js';
import type { OrderRepository } from './order-repository.port.js';

export interface PlaceOrderCommand {
  readonly userId: number;
  readonly item: string;
  readonly quantity: number;
  readonly note?: string | undefined;
}

/** Keeps a new order and tells whoever of its owner is listening. */
export class PlaceOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly events: OrderEvents,
  ) {}

  async run({ userId, item, quantity, note }: PlaceOrderCommand): Promise<Order> {
    const order = await this.orders.add({ id: randomUuid(), userId, item, quantity, note: note ?? null });
    this.events.tell(order);
    return order;
  }
}
