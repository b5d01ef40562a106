/**
 * Aborts what waits on {@link signal} once time is up or its owner closes.
 *
 * Not `AbortSignal.any` with `AbortSignal.timeout`: in Node 20 nothing holds the combined signal while a request waits on
 * it, so a garbage collection takes it away, and the request then waits for as long as the other side likes
 * (nodejs/node#54614). Here the timer and the owner's signal hold the controller.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly abort = () => this.controller.abort();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly closing: AbortSignal) {
    if (closing.aborted) this.abort();
    closing.addEventListener('abort', this.abort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Gives it `ms` milliseconds from now, whatever was left. */
  allow(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.abort, ms);
  }

  /** Ends the waiting, and what still waits with it. */
  end(): void {
    clearTimeout(this.timer);
    this.closing.removeEventListener('abort', this.abort);
    this.abort();
  }
}

/**
 * The parts of an answer as they come.
 *
 * Cancels the body itself when `signal` aborts: the signal handed to `fetch` reaches the body only for as long as Node's
 * `Request`, which nobody holds, has not been collected.
 *
 * @throws {Error} when the signal aborts, or the connection breaks.
 */
export async function* partsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw new Error('given up');
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}
