/** Pause between two looks at the outbox, in ms; what this instance orders itself goes out at once. */
const LOOK_EVERY_MS = 2_000;
/** Pause after a failed look, in ms. */
const AFTER_FAILURE_MS = 5_000;

/** Runs a piece of work again and again, one at a time, and at once when called. */
export class CourierRounds {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isCalled = false;
  private readonly ending = new AbortController();

  constructor(
    private readonly work: (signal: AbortSignal) => Promise<unknown>,
    private readonly onFailure: (error: unknown) => void,
    private readonly lookEveryMs = LOOK_EVERY_MS,
  ) {}

  start(): void {
    this.next(0);
  }

  /** There is something to do. */
  call(): void {
    this.isCalled = true;
    if (!this.running && this.timer) this.next(0);
  }

  /** Resolves when nothing is in hand any more. */
  async stop(): Promise<void> {
    this.ending.abort();
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running;
  }

  private next(pauseMs: number): void {
    if (this.ending.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.running = this.round()), pauseMs).unref();
  }

  private async round(): Promise<void> {
    this.isCalled = false;
    let pauseMs = this.lookEveryMs;
    try {
      await this.work(this.ending.signal);
      // Called while it was busy: it may have looked before the order was there.
      if (this.isCalled) pauseMs = 0;
    } catch (error) {
      pauseMs = Math.max(AFTER_FAILURE_MS, this.lookEveryMs);
      this.onFailure(error);
    }
    this.running = undefined;
    this.next(pauseMs);
  }
}
