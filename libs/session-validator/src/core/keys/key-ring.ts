import { KeyDocumentFault } from './key-documents.js';
import type { KeySet } from './key-set.js';
import type { Time } from '../time.js';

/** Where key documents come from. Reading is the ring's affair: a source only carries text. */
export interface KeySource {
  /** Hands over each document it gets, the current one first, and goes on until closed. Never throws. */
  start(offer: (document: string) => void): void;
  /** Asks once more, now. Resolves when a document was handed over or the attempt failed; never rejects. */
  refresh(): Promise<void>;
  /** Stops; resolves when connections and timers are gone. */
  close(): Promise<void>;
}

/** An unknown `kid` may ask the source at most this often, or a flood of made-up ones becomes a flood of fetches. */
export const KEY_REFRESH_COOL_DOWN_MS = 5_000;

/**
 * The keys in force. A new set replaces the old one in one assignment; a document that is broken, forged or older leaves
 * everything as it was.
 */
export class KeyRing {
  private refreshing: Promise<void> | undefined;
  private coolUntilMs = Number.NEGATIVE_INFINITY;
  /** The last one looked at, good or bad: sources repeat themselves. */
  private document: string | undefined;
  /** Documents that were refused, for gauges. */
  refusedDocuments = 0;

  constructor(
    private readonly read: (document: string) => KeySet,
    private readonly time: Time,
    private readonly warn: (message: string) => void,
    private readonly onReplaced: () => void,
    /** What is known from the start. */
    private set: KeySet | undefined,
    /** `undefined` for keys that never change. */
    private readonly source: KeySource | undefined,
  ) {}

  get current(): KeySet | undefined {
    return this.set;
  }

  start(): void {
    this.source?.start((document) => this.offer(document));
  }

  offer(document: string): void {
    if (document === this.document) return;
    this.document = document;
    let next: KeySet;
    try {
      next = this.read(document);
    } catch (error) {
      if (!(error instanceof KeyDocumentFault)) throw error;
      this.refusedDocuments += 1;
      this.warn(`Kept the signing keys as they were: ${error.message}.`);
      return;
    }
    // Whoever can write to Redis could put an old bundle back, and with it a key that was withdrawn.
    if (this.set && next.version > 0 && next.version <= this.set.version) {
      if (next.version < this.set.version) this.refusedDocuments += 1;
      return;
    }
    this.set = next;
    this.onReplaced();
  }

  /**
   * A promise that resolves after one refresh, when one is running or allowed; else `undefined`. All callers share one.
   */
  refreshForUnknownKey(): Promise<void> | undefined {
    if (this.refreshing) return this.refreshing;
    const now = this.time.monotonicMs();
    if (!this.source || now < this.coolUntilMs) return undefined;
    this.coolUntilMs = now + KEY_REFRESH_COOL_DOWN_MS;
    this.refreshing = this.source.refresh().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  async close(): Promise<void> {
    await this.source?.close();
  }
}
