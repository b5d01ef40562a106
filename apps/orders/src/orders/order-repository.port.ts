import type { NewOrder, Order } from './order.js';

/** Orders, each seen by its owner only. Methods throw `DatabaseUnavailable` when the database does not answer in time. */
export abstract class OrderRepository {
  /** Keeps a new order. Its id must be new. */
  abstract add(order: NewOrder): Promise<Order>;

  /** The user's order, or `undefined`; also for an order of somebody else. */
  abstract find(userId: number, id: string): Promise<Order | undefined>;

  /** The user's orders, newest first, at most `limit`; only those with a sequence below `before`, if given. */
  abstract list(userId: number, page: { readonly limit: number; readonly before?: number }): Promise<Order[]>;

  /**
   * Cancels the user's order. Repeating it changes nothing.
   *
   * @returns the order as it is now, or `undefined` when the user has no such order.
   */
  abstract cancel(userId: number, id: string): Promise<Order | undefined>;
}
