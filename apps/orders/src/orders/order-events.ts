import type { Order } from './order.js';

type Listener = (order: Order) => void;

/** Tells the listeners of a user, in this process, of each change to their orders. Best effort: nothing is kept. */
export class OrderEvents {
  private readonly listeners = new Map<number, Set<Listener>>();

  tell(order: Order): void {
    for (const listener of this.listeners.get(order.userId) ?? []) listener(order);
  }

  /** @returns stop */
  listen(userId: number, listener: Listener): () => void {
    const mine = this.listeners.get(userId) ?? new Set();
    mine.add(listener);
    this.listeners.set(userId, mine);
    return () => {
      mine.delete(listener);
      if (mine.size === 0 && this.listeners.get(userId) === mine) this.listeners.delete(userId);
    };
  }

  get count(): number {
    let count = 0;
    for (const mine of this.listeners.values()) count += mine.size;
    return count;
  }
}
