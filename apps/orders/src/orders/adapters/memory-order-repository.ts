import type { Clock } from '@gatehouse/kernel';
import type { NewOrder, Order } from '../order.js';
import { OrderRepository } from '../order-repository.port.js';

/** Orders in this process. */
export class MemoryOrderRepository extends OrderRepository {
  private readonly orders = new Map<string, Order>();
  private sequence = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  async add(order: NewOrder): Promise<Order> {
    if (this.orders.has(order.id)) throw new Error('the id of an order must be new');
    const kept: Order = { ...order, sequence: ++this.sequence, status: 'placed', createdAtMs: this.clock.nowMs() };
    this.orders.set(order.id, kept);
    return kept;
  }

  async find(userId: number, id: string): Promise<Order | undefined> {
    const order = this.orders.get(id);
    return order?.userId === userId ? order : undefined;
  }

  async list(userId: number, { limit, before = Infinity }: { limit: number; before?: number }): Promise<Order[]> {
    const mine = [...this.orders.values()].filter((order) => order.userId === userId && order.sequence < before);
    return mine.sort((a, b) => b.sequence - a.sequence).slice(0, limit);
  }

  async cancel(userId: number, id: string): Promise<Order | undefined> {
    const order = await this.find(userId, id);
    if (!order) return undefined;
    const cancelled: Order = { ...order, status: 'cancelled' };
    this.orders.set(id, cancelled);
    return cancelled;
  }
}
