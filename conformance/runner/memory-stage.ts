import type { FeedLedger, SessionValidator } from '@gatehouse/session-validator';
import type { CoreOptions, VectorClock } from './core-under-test.js';
import type { Stage } from './run-transcript.js';
import { TranscriptFeed } from './transcript-feed.js';
import type { StoredRecord } from './vectors.js';

/** A log in memory: every step has taken effect when it returns. */
export class MemoryStage implements Stage {
  private readonly feed: TranscriptFeed;

  constructor(
    private readonly clock: VectorClock,
    private readonly create: (options: CoreOptions) => SessionValidator,
  ) {
    this.feed = new TranscriptFeed(() => clock.monotonicMs());
  }

  async start(show: (validator: SessionValidator) => void): Promise<void> {
    // A validator reads the log as soon as it is made; it is to be shown before.
    let begin: () => void = () => undefined;
    const feed = {
      start: (ledger: FeedLedger) => {
        begin = () => this.feed.start(ledger);
      },
      close: () => this.feed.close(),
    };
    show(this.create({ clock: this.clock, feed }));
    begin();
  }

  async append(records: readonly StoredRecord[]): Promise<void> {
    this.feed.append(records);
  }

  async notice(text: string): Promise<void> {
    this.feed.notice(text);
  }

  async read(): Promise<void> {
    this.feed.read();
  }

  async cut(): Promise<void> {
    this.feed.cut();
  }

  async heal(): Promise<void> {
    this.feed.heal();
  }

  async trim(keep: number): Promise<void> {
    this.feed.trim(keep);
  }

  async rollBack(count: number): Promise<void> {
    this.feed.rollBack(count);
  }
}
