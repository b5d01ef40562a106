import { MAX_KEY_DOCUMENT_BYTES } from '../core/keys/key-documents.js';
import type { KeySource } from '../core/keys/key-ring.js';
import { fetchDocument } from '../outbound/fetch-document.js';

/** Between two readings while all is well. Keys are published long before anything is signed with them. */
const INTERVAL_MS = 60_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 15_000;

/** A key bundle or JWK Set at an address. While it cannot be read, the keys in force stay in force. */
export class PolledKeySource implements KeySource {
  private readonly closing = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private offer: (document: string) => void = () => undefined;
  private running: Promise<boolean> | undefined;
  private failures = 0;

  constructor(
    private readonly url: string,
    private readonly warn: (message: string) => void,
  ) {}

  start(offer: (document: string) => void): void {
    this.offer = offer;
    void this.poll();
  }

  async refresh(): Promise<void> {
    await this.readOnce();
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private async poll(): Promise<void> {
    const came = await this.readOnce();
    if (this.closing.signal.aborted) return;
    this.failures = came ? 0 : this.failures + 1;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** (this.failures - 1), LONGEST_RETRY_MS);
    // Spread, so that a fleet that lost its issuer together does not come back together.
    const waitMs = (came ? INTERVAL_MS : retryMs) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => void this.poll(), waitMs).unref();
  }

  /** One reading at a time; whoever asks meanwhile gets the same. */
  private readOnce(): Promise<boolean> {
    this.running ??= this.read();
    return this.running;
  }

  private async read(): Promise<boolean> {
    let document: string;
    try {
      document = await fetchDocument(this.url, MAX_KEY_DOCUMENT_BYTES, this.closing.signal);
    } catch (error) {
      this.tellFirst(error);
      return false;
    } finally {
      // Before the document is handed over: whoever asks because of it wants a newer one.
      this.running = undefined;
    }
    this.offer(document);
    return true;
  }

  private tellFirst(error: unknown): void {
    if (this.failures > 0 || this.closing.signal.aborted) return;
    const cause = error instanceof Error ? error.message : 'failed';
    this.warn(`The signing keys could not be read: the address ${cause}.`);
  }
}
