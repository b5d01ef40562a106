import { FEED_STREAM_KEY, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import type { RedisConnection } from '@gatehouse/redis';
import { placeOf, type Place, type RawRecord } from './raw-record.js';

/** Records of one reading at the most. Over a long line the number of readings is what costs time. */
export const PAGE = 2_000;
/** Longest to wait for a record. Each wait that ends without one shows that nothing had been written when it began. */
const WAIT_MS = 250;
/** Longest to wait for an answer over the line between the regions, in ms, beside {@link WAIT_MS}. */
const LINE_MS = 2_000;

/** The other region's Redis, or the line to it, does not answer. */
export class HomeAway extends Error {
  override readonly name = 'HomeAway';
}

/** The log of the home region, read over a line that may be long, slow, or swallow everything. */
export class HomeLog {
  /** @param redis - a connection of its own without a time-out for commands: it waits in Redis most of the time */
  constructor(private readonly redis: RedisConnection) {}

  /** What lies after `position`, up to {@link PAGE} records; waits a moment for the first. */
  async after(position: string): Promise<RawRecord[]> {
    const waiting = ['COUNT', PAGE, 'BLOCK', WAIT_MS, 'STREAMS', FEED_STREAM_KEY, position] as const;
    const found = await this.ask(() => this.redis.xread(...waiting));
    return found?.[0]?.[1] ?? [];
  }

  /** Whether this very record lies there. If not, the log is another than the one it came from, or was trimmed past it. */
  async holds({ position, epoch }: Place): Promise<boolean> {
    const [found] = await this.ask(() => this.redis.xrange(FEED_STREAM_KEY, position, position));
    return found !== undefined && placeOf(found).epoch === epoch;
  }

  /** Where it begins; what lies before that matters no more. */
  async beginning(): Promise<string | undefined> {
    const [first] = await this.ask(() => this.redis.xrange(FEED_STREAM_KEY, '-', '+', 'COUNT', 1));
    return first?.[0];
  }

  async keyBundle(): Promise<string | undefined> {
    return (await this.ask(() => this.redis.get(KEY_BUNDLE_KEY))) ?? undefined;
  }

  private async ask<T>(command: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // A line that swallows everything keeps the connection up for many minutes; a new one tells at once.
        this.redis.disconnect(true);
        reject(new HomeAway('no answer in time'));
      }, WAIT_MS + LINE_MS);
    });
    try {
      return await Promise.race([command(), tooLate]);
    } catch (error) {
      // The driver hangs the command on its error; of ours nothing is secret, but nobody needs it either.
      throw error instanceof HomeAway ? error : new HomeAway(error instanceof Error ? error.name : 'unknown');
    } finally {
      clearTimeout(timer);
    }
  }
}
