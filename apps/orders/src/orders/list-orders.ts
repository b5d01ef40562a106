import type { Order } from './order.js';
import type { OrderRepository } from './order-repository.port.js';

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Names the next page; `null` on the last. */
  readonly nextCursor: string | null;
}

/** Shows a user's orders, newest first, page by page. Orders placed meanwhile do not move the pages. */
export class ListOrders {
  constructor(private readonly orders: OrderRepository) {}

  /** @param cursor - `nextCursor` of the page before */
  async run(userId: number, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<OrderPage> {
    const before = cursor === undefined ? {} : { before: Number.parseInt(cursor, 36) };
    // One more than asked for tells whether there is another page.
    const found = await this.orders.list(userId, { limit: limit + 1, ...before });
    const orders = found.slice(0, limit);
    const last = orders.at(-1);
    return { orders, nextCursor: found.length > limit && last ? last.sequence.toString(36) : null };
  }
}
