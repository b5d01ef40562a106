import { comparePositions, FEED_START, type FeedRecord, HEARTBEAT_INTERVAL_MS } from '@gatehouse/contracts';
import type { FeedLog } from '@gatehouse/revocation-log';

/** The end of what the log held when it began; what follows is news. */
export const CAUGHT_UP = Symbol('caught up');

/** The reader takes records more slowly than they come. */
export class SlowReader extends Error {
  override readonly name = 'SlowReader';
  constructor() {
    super('a reader of the revocation feed does not keep up');
  }
}

const PAGE = 500;
/** Records kept for a reader that is busy; some hundred bytes each. */
const MAX_WAITING = 10_000;
/** Two missed heartbeats. After so much silence the log is asked: notices may have ceased without anybody being told. */
const QUIET_MS = 2 * HEARTBEAT_INTERVAL_MS;

export interface FollowOptions {
  /** @default 10,000 records */
  readonly maxWaiting?: number;
  /** @default two heartbeats */
  readonly quietMs?: number;
}

/**
 * The log from `from` on, then {@link CAUGHT_UP}, then each record as it is appended: in order, none twice, none left out.
 * Notices are lossy, so each is held against the record before it, and a hole is filled from the log. Goes on until it is
 * returned or `signal` aborts.
 *
 * @throws {SessionStoreUnavailable} when the log does not answer in time.
 * @throws {SlowReader} when too much is waiting to be taken.
 */
export async function* followFeed(
  log: FeedLog,
  from: string,
  signal: AbortSignal,
  { maxWaiting = MAX_WAITING, quietMs = QUIET_MS }: FollowOptions = {},
): AsyncGenerator<FeedRecord | typeof CAUGHT_UP, void, void> {
  // Before the history is read, or what is appended meanwhile would be in neither.
  const news = new News(log, signal, maxWaiting);
  const place = new Place(from);
  try {
    yield* readToEnd(log, place);
    yield CAUGHT_UP;
    for (let record = await news.next(quietMs); record !== 'stopped'; record = await news.next(quietMs)) {
      if (record === 'quiet') {
        yield* readToEnd(log, place);
      } else if (place.precedes(record)) {
        place.moveTo(record);
        yield record;
      } else if (!place.holds(record)) {
        if (place.isOfOtherLifeThan(record)) place.moveToStart();
        yield* readToEnd(log, place);
        // In another life of the log, on a machine whose clock runs behind, everything lies before our place.
        if (!place.holds(record)) {
          place.moveToStart();
          yield* readToEnd(log, place);
        }
      }
    }
  } finally {
    news.stop();
  }
}

async function* readToEnd(log: FeedLog, place: Place): AsyncGenerator<FeedRecord, void, void> {
  for (;;) {
    const page = await log.readAfter(place.position, PAGE);
    for (const record of page) {
      place.moveTo(record);
      yield record;
    }
    if (page.length < PAGE) return;
  }
}

/** Where a reader stands in the log. */
class Place {
  /** Unknown until the first record: a position alone does not tell which life of the log it belongs to. */
  private epoch: string | undefined;

  constructor(public position: string) {}

  moveTo({ position, epoch }: FeedRecord): void {
    this.position = position;
    this.epoch = epoch;
  }

  moveToStart(): void {
    this.position = FEED_START;
    this.epoch = undefined;
  }

  holds({ position, epoch }: FeedRecord): boolean {
    return epoch === this.epoch && comparePositions(position, this.position) <= 0;
  }

  precedes({ previous, epoch }: FeedRecord): boolean {
    return previous === this.position && (this.epoch === undefined || epoch === this.epoch);
  }

  isOfOtherLifeThan({ epoch }: FeedRecord): boolean {
    return this.epoch !== undefined && epoch !== this.epoch;
  }
}

/** Records announced and not yet taken. */
class News {
  private readonly waiting: FeedRecord[] = [];
  private overflowed = false;
  private wake: () => void = () => undefined;
  private readonly unsubscribe: () => void;

  constructor(
    log: FeedLog,
    private readonly signal: AbortSignal,
    private readonly maxWaiting: number,
  ) {
    this.unsubscribe = log.onRecord((record) => this.add(record));
    signal.addEventListener('abort', this.onAbort);
  }

  stop(): void {
    this.unsubscribe();
    this.signal.removeEventListener('abort', this.onAbort);
  }

  async next(quietMs: number): Promise<FeedRecord | 'quiet' | 'stopped'> {
    if (this.waiting.length === 0 && !this.overflowed && !this.signal.aborted) await this.somethingWithin(quietMs);
    if (this.signal.aborted) return 'stopped';
    if (this.overflowed) throw new SlowReader();
    return this.waiting.shift() ?? 'quiet';
  }

  private async somethingWithin(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private add(record: FeedRecord): void {
    if (this.waiting.length < this.maxWaiting) this.waiting.push(record);
    else this.overflowed = true;
    this.wake();
  }

  private readonly onAbort = (): void => this.wake();
}
