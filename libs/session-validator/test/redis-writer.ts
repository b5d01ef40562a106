import {
  encodeNotice,
  FEED_NOTICE_CHANNEL,
  FEED_START,
  FEED_STREAM_KEY,
  KEY_BUNDLE_CHANNEL,
  KEY_BUNDLE_KEY,
  type FeedRecord,
  type RevocationEntry,
} from '@gatehouse/contracts';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';

/** The writer of the log in its plainest form: one process, one record at a time. */
export class RedisWriter {
  private readonly redis: Redis;
  private epoch = randomUUID();
  private previous = FEED_START;

  constructor(url: string) {
    this.redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
    this.redis.on('error', () => undefined);
  }

  async append(entry: RevocationEntry | undefined, { told = true }: { told?: boolean } = {}): Promise<FeedRecord> {
    return this.write(entry ? ['entry', JSON.stringify(entry)] : [], entry, told);
  }

  async beat(): Promise<FeedRecord> {
    return this.append(undefined);
  }

  /** An entry without a value, announced as it is. */
  async appendUnreadable(): Promise<void> {
    const entry = { id: 'x', scope: 'sid', cutoff: 0, untilMs: 1, reason: 'admin' };
    await this.write(['entry', JSON.stringify(entry)], entry as unknown as RevocationEntry, true);
  }

  /** What comes next belongs to another life of the log. */
  beginNewLife(): void {
    this.epoch = randomUUID();
    this.previous = FEED_START;
  }

  async loseEverything(): Promise<void> {
    await this.redis.del(FEED_STREAM_KEY);
    this.beginNewLife();
  }

  async trim(keep: number): Promise<void> {
    await this.redis.xtrim(FEED_STREAM_KEY, 'MAXLEN', keep);
  }

  /** Goes back to an earlier record, as a replica does that is promoted before it had the rest. */
  async rollBackTo({ position }: FeedRecord): Promise<void> {
    const lost = await this.redis.xrange(FEED_STREAM_KEY, `(${position}`, '+');
    for (const [id] of lost) await this.redis.xdel(FEED_STREAM_KEY, id);
    this.previous = position;
  }

  async publishBundle(text: string): Promise<void> {
    await this.redis.set(KEY_BUNDLE_KEY, text);
    await this.redis.publish(KEY_BUNDLE_CHANNEL, '1');
  }

  async setBundleSilently(text: string): Promise<void> {
    await this.redis.set(KEY_BUNDLE_KEY, text);
  }

  async command(name: string, ...args: string[]): Promise<unknown> {
    return this.redis.call(name, ...args);
  }

  close(): void {
    this.redis.disconnect();
  }

  private async write(fields: string[], entry: RevocationEntry | undefined, told: boolean): Promise<FeedRecord> {
    const { epoch, previous } = this;
    const position = await this.redis.xadd(FEED_STREAM_KEY, '*', 'v', '1', 'epoch', epoch, 'prev', previous, ...fields);
    if (position === null) throw new Error('nothing was appended');
    this.previous = position;
    const record: FeedRecord = { position, previous, epoch, ...(entry ? { entry } : {}) };
    if (told) await this.redis.publish(FEED_NOTICE_CHANNEL, encodeNotice(record));
    return record;
  }
}
