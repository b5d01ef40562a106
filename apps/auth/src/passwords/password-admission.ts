import type { HashingQueue } from './hashing-queue.js';

/**
 * Counts requests that will have a password hashed, from when they are there. The queue itself would refuse them only after the body was
 * read and the account looked up, and ten thousand of those at a time are what brings the rest to a stand.
 */
export class PasswordAdmission {
  private inside = 0;

  constructor(private readonly queue: Pick<HashingQueue, 'capacity'>) {}

  get isFull(): boolean {
    return this.inside >= this.queue.capacity;
  }

  /** @returns what to call when the request is over, once or more often; `undefined` when there is no room for it. */
  enter(): (() => void) | undefined {
    if (this.isFull) return undefined;
    this.inside++;
    let hasLeft = false;
    return () => {
      if (!hasLeft) this.inside--;
      hasLeft = true;
    };
  }
}
