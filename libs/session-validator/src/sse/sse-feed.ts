import { createParser } from 'eventsource-parser';
import type { FeedLedger } from '../core/feed/feed-ledger.js';
import type { RevocationFeed } from '../core/feed/feed.port.js';
import type { Time } from '../core/time.js';
import { Deadline, partsOf } from '../outbound/deadline.js';
import { HistoryThenNews } from './history-then-news.js';

const CONNECT_TIMEOUT_MS = 3_000;
/** The writer beats each second; a stream that says nothing for this long only looks open. */
const SILENCE_MS = 3_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
/** An event is some hundred bytes; a stream without line ends must not fill the memory. */
const MAX_EVENT_CHARACTERS = 64 * 1024;

/**
 * The feed as server-sent events. The server sends the log from `Last-Event-ID` on, marks its end with
 * `caught-up`, and goes on with what is appended. Records follow each other by `previous`; when one does not, we connect
 * again: from our place, or from the start when the log no longer has it.
 */
export class SseFeed implements RevocationFeed {
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private failures = 0;
  private troubled = false;

  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
    private readonly time: Time,
    private readonly warn: (message: string) => void,
  ) {}

  start(ledger: FeedLedger): void {
    this.running = this.follow(ledger);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async follow(ledger: FeedLedger): Promise<void> {
    while (!this.closing.signal.aborted) {
      const cause = await this.connect(ledger).then(
        () => 'the stream ended',
        (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
      );
      if (this.closing.signal.aborted) return;
      if (this.failures > 0 && !this.troubled) {
        this.troubled = true;
        this.warn(`The revocation stream cannot be followed (${cause}); the last known revocations stay enforced.`);
      }
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
      this.failures += 1;
      await this.pause(waitMs);
    }
  }

  /** One connection, until it ends, fails, goes silent or shows a hole. */
  private async connect(ledger: FeedLedger): Promise<void> {
    const deadline = new Deadline(this.closing.signal);
    deadline.allow(CONNECT_TIMEOUT_MS);
    try {
      const askedAtMs = this.time.monotonicMs();
      const { signal } = deadline;
      const response = await fetch(this.url, { signal, redirect: 'error', headers: this.headers(ledger.position) });
      const type = response.headers.get('content-type') ?? '';
      if (response.status !== 200 || !type.startsWith('text/event-stream') || !response.body) {
        await response.body?.cancel();
        throw new Error('not an event stream');
      }
      const reader = new HistoryThenNews(ledger, askedAtMs, () => {
        this.failures = 0;
        this.troubled = false;
      });
      const parser = createParser({
        maxBufferSize: MAX_EVENT_CHARACTERS,
        onEvent: (event) => {
          // Not for whatever comes: comments of a proxy would keep a connection up that brings nothing.
          deadline.allow(SILENCE_MS);
          reader.take(event);
        },
      });
      const decoder = new TextDecoder();
      for await (const chunk of partsOf(response.body, signal)) {
        parser.feed(decoder.decode(chunk, { stream: true }));
      }
    } finally {
      deadline.end();
    }
  }

  private headers(position: string): Record<string, string> {
    return {
      accept: 'text/event-stream',
      'cache-control': 'no-store',
      'last-event-id': position,
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.closing.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.closing.signal.addEventListener('abort', end);
    });
  }
}
