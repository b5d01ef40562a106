import type { ServerResponse } from 'node:http';
import type { FeedRecord } from '@gatehouse/contracts';
import type { FeedLog } from '@gatehouse/revocation-log';
import { eventText, writeOrCutOff } from './event-stream.js';
import { type CAUGHT_UP, followFeed } from './follow-feed.js';
import { StreamsFull } from './stream.errors.js';

/** More services than this read from Redis. */
const MAX_STREAMS = 500;

type FeedEvents = AsyncGenerator<FeedRecord | typeof CAUGHT_UP, void, void>;

/** A reader that has been let in and waits for its first byte. */
export interface OpenedStream {
  /** Writes until the reader leaves, stops reading, the log fails or the service ends. Never rejects. */
  pipe(response: ServerResponse): Promise<void>;
}

/** The revocation feed as server-sent events, for services without Redis. */
export class RevocationStreams {
  private readonly open = new Set<AbortController>();

  constructor(
    private readonly log: FeedLog,
    private readonly maxStreams = MAX_STREAMS,
  ) {}

  /** Readers connected now. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Reads the first page before anything is answered, so that a log that is away is a plain failure.
   *
   * @param from - position after which to begin
   * @throws {StreamsFull} when every place is taken.
   * @throws {SessionStoreUnavailable} when the log does not answer in time.
   */
  async start(from: string): Promise<OpenedStream> {
    if (this.open.size >= this.maxStreams) throw new StreamsFull();
    const ending = new AbortController();
    this.open.add(ending);
    const events: FeedEvents = followFeed(this.log, from, ending.signal);
    try {
      const first = await events.next();
      return { pipe: (response) => this.pipe(response, first, events, ending) };
    } catch (error) {
      this.open.delete(ending);
      throw error;
    }
  }

  /** Ends all of them: the service stops, and readers connect to another instance. */
  endAll(): void {
    for (const ending of this.open) ending.abort();
  }

  private async pipe(
    response: ServerResponse,
    first: IteratorResult<FeedRecord | typeof CAUGHT_UP, void>,
    events: FeedEvents,
    ending: AbortController,
  ): Promise<void> {
    const leave = () => ending.abort();
    response.once('close', leave);
    try {
      for (let event = first; !event.done; event = await events.next()) {
        await writeOrCutOff(response, eventText(event.value));
      }
      response.end();
    } catch {
      // Slow, gone, or the log failed. The reader connects again and finds its place; nothing is lost.
      response.destroy();
    } finally {
      response.off('close', leave);
      this.open.delete(ending);
      await events.return();
    }
  }
}
