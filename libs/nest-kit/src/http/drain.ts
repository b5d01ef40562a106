/** Tells whoever holds a connection open that the process is going. */
export class Drain {
  private readonly controller = new AbortController();

  /** Aborted when the process has been asked to end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get started(): boolean {
    return this.controller.signal.aborted;
  }

  start(): void {
    this.controller.abort();
  }
}
