import type { Clock } from '@gatehouse/kernel';
import { orUnavailable } from '@gatehouse/sql';
import { LessThan, type DataSource, type Repository } from 'typeorm';
import type { NewOrder, Order } from '../order.js';
import { OrderRepository } from '../order-repository.port.js';
import type { OrderRow } from './order.entity.js';

/** Orders in MySQL or SQLite. */
export class SqlOrderRepository extends OrderRepository {
  private readonly rows: Repository<OrderRow>;

  constructor(
    dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<OrderRow>('Order');
  }

  async add(order: NewOrder): Promise<Order> {
    const row = { ...order, status: 'placed' as const, createdAtMs: this.clock.nowMs() };
    const { identifiers } = await orUnavailable(() => this.rows.insert(row));
    return toOrder({ ...row, sequence: Number(identifiers[0]?.['sequence']) });
  }

  async find(userId: number, id: string): Promise<Order | undefined> {
    const row = await orUnavailable(() => this.rows.findOneBy({ id, userId }));
    return row ? toOrder(row) : undefined;
  }

  async list(userId: number, { limit, before }: { limit: number; before?: number }): Promise<Order[]> {
    const where = { userId, ...(before === undefined ? {} : { sequence: LessThan(before) }) };
    const rows = await orUnavailable(() => this.rows.find({ where, order: { sequence: 'DESC' }, take: limit }));
    return rows.map(toOrder);
  }

  async cancel(userId: number, id: string): Promise<Order | undefined> {
    await orUnavailable(() => this.rows.update({ id, userId }, { status: 'cancelled' }));
    return this.find(userId, id);
  }
}

/** Field by field: a column added to the table must not slip into an answer. */
function toOrder({ sequence, id, userId, item, quantity, note, status, createdAtMs }: OrderRow): Order {
  return { sequence, id, userId, item, quantity, note, status, createdAtMs };
}
