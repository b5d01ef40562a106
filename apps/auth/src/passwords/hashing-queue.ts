import { Overloaded } from './passwords.errors.js';

export interface HashingLimits {
  /** Jobs worked on at a time. */
  readonly concurrency: number;
  /** Jobs that may wait; one more is refused. */
  readonly queue: number;
}

/** Runs costly jobs a few at a time, first come first served. */
export class HashingQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: HashingLimits) {}

  /** Jobs that wait for their turn, for gauges. */
  get length(): number {
    return this.waiting.length;
  }

  /** @throws {Overloaded} at once when the queue is full; the job is then never started. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.running >= this.limits.concurrency) {
      if (this.waiting.length >= this.limits.queue) throw new Overloaded();
      // Whoever finishes hands its place over, so nobody slips in between.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
