import { Overloaded } from './passwords.errors.js';

export interface HashingLimits {
  /** Jobs worked on at a time. */
  readonly concurrency: number;
  /** Jobs that may wait; one more is refused. */
  readonly queue: number;
  /**
   * Longest a job may have to wait, as far as recent ones tell, in ms. Well below what a request may take: whoever would wait
   * longer is better told at once.
   *
   * @default 1000
   */
  readonly maxWaitMs?: number;
}

/** How much a job counts for what the next is thought to take. */
const WEIGHT_OF_LAST = 0.05;

/** Runs costly jobs a few at a time, first come first served. */
export class HashingQueue {
  private running = 0;
  private jobMs = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limits: HashingLimits,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Jobs that wait for their turn, for gauges. */
  get length(): number {
    return this.waiting.length;
  }

  /** Jobs that may be here at a time, waiting ones included: as many as fit, and as are served in time. */
  get capacity(): number {
    const { concurrency, queue, maxWaitMs = 1_000 } = this.limits;
    const inTime = this.jobMs === 0 ? queue : Math.floor((maxWaitMs * concurrency) / this.jobMs);
    return concurrency + Math.min(queue, inTime);
  }

  /** @throws {Overloaded} at once when the queue is full; the job is then never started. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.running >= this.limits.concurrency) {
      if (this.running + this.waiting.length >= this.capacity) throw new Overloaded();
      // Whoever finishes hands its place over, so nobody slips in between.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    const startedMs = this.nowMs();
    try {
      return await job();
    } finally {
      this.learn(this.nowMs() - startedMs);
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private learn(tookMs: number): void {
    this.jobMs = this.jobMs === 0 ? tookMs : this.jobMs + (tookMs - this.jobMs) * WEIGHT_OF_LAST;
  }
}
