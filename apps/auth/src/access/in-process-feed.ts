import type { FeedLog } from '@gatehouse/revocation-log';
import { AppError } from '@gatehouse/failures';
import type { FeedLedger, RevocationFeed } from '@gatehouse/session-validator';
import { CAUGHT_UP, followFeed, SlowReader } from '../revocations/stream/follow-feed.js';

const RETRY_MS = 500;

/** Carries the log this process writes to into its own validator: the service that ends sessions checks them as others do. */
export class InProcessFeed implements RevocationFeed {
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly log: FeedLog,
    private readonly monotonicMs: () => number,
  ) {}

  start(ledger: FeedLedger): void {
    this.running = this.followForEver(ledger);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async followForEver(ledger: FeedLedger): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.follow(ledger);
      } catch (error) {
        if (!(error instanceof AppError) && !(error instanceof SlowReader)) throw error;
        // The log was away, or we were too slow. It may come back in another life, so it is read from its start.
        ledger.losePlace();
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** Until a hole, which only another life of the log can show: then everything is read again, and merged. */
  private async follow(ledger: FeedLedger): Promise<void> {
    const askedAtMs = this.monotonicMs();
    let caughtUp = false;
    for await (const event of followFeed(this.log, ledger.position, this.closing.signal)) {
      if (event === CAUGHT_UP) {
        caughtUp = true;
        ledger.reachedEnd(askedAtMs);
      } else if (!caughtUp) {
        ledger.read(event);
      } else if (ledger.notice(event) === 'hole') {
        ledger.losePlace();
        return;
      }
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
