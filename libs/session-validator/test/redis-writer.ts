import {
  encodeNotice,
  FEED_NOTICE_CHANNEL,
  FEED_START,
  FEED_STREAM_KEY,
  FEED_VERSION,
  KEY_BUNDLE_CHANNEL,
  KEY_BUNDLE_KEY,
  type FeedRecord,
  type RevocationEntry,
} from '@gatehouse/contracts';
import { Redis, type Cluster } from 'ioredis';
import { randomUUID } from 'node:crypto';

/** As the auth service does it: the log itself says what comes before, and writing and announcing are one step. */
const APPEND = `
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local previous = last and last[1] or '${FEED_START}'
  local fields = {'v', '${FEED_VERSION}', 'epoch', ARGV[1], 'prev', previous}
  local json = ''
  if ARGV[2] ~= '' then
    fields[#fields + 1] = 'entry'
    fields[#fields + 1] = ARGV[2]
    json = ',"entry":' .. ARGV[2]
  end
  local position = redis.call('XADD', KEYS[1], '*', unpack(fields))
  local notice = '{"v":${FEED_VERSION},"position":"' .. position .. '","previous":"' .. previous ..
    '","epoch":"' .. ARGV[1] .. '"' .. json .. '}'
  if ARGV[3] == 'told' then redis.call('PUBLISH', '${FEED_NOTICE_CHANNEL}', notice) end
  return {position, previous, notice}
`;

/** The writer of the log in its plainest form: one process, one record at a time. */
export class RedisWriter {
  private readonly redis: Redis | Cluster;
  private epoch = randomUUID();

  /** @param redis - an address, or a connection that this writer will close */
  constructor(redis: string | Redis | Cluster) {
    this.redis =
      typeof redis === 'string' ? new Redis(redis, { retryStrategy: () => 20, maxRetriesPerRequest: 500 }) : redis;
    this.redis.on('error', () => undefined);
  }

  async append(entry: RevocationEntry | undefined, { told = true }: { told?: boolean } = {}): Promise<FeedRecord> {
    return (await this.write(entry ? JSON.stringify(entry) : '', told, entry)).record;
  }

  /** Appends without announcing. @returns the notice, to be delivered by {@link tell}, late, twice or never. */
  async appendUntold(entry: RevocationEntry | undefined): Promise<string> {
    return (await this.write(entry ? JSON.stringify(entry) : '', false, entry)).notice;
  }

  async tell(notice: string): Promise<void> {
    await this.redis.publish(FEED_NOTICE_CHANNEL, notice);
  }

  async beat(): Promise<FeedRecord> {
    return this.append(undefined);
  }

  /** Appends what a writer would that did not see `last`: both name the same record before them. */
  async appendForked(entry: RevocationEntry, { previous }: FeedRecord): Promise<FeedRecord> {
    const { epoch } = this;
    const fields = ['v', String(FEED_VERSION), 'epoch', epoch, 'prev', previous, 'entry', JSON.stringify(entry)];
    const position = (await this.redis.xadd(FEED_STREAM_KEY, '*', ...fields)) ?? FEED_START;
    const record = { position, previous, epoch, entry };
    await this.tell(encodeNotice(record));
    return record;
  }

  /** An entry without a value, announced as it is. */
  async appendUnreadable(): Promise<void> {
    await this.write(JSON.stringify({ id: 'x', scope: 'sid', cutoff: 0, untilMs: 1, reason: 'admin' }), true);
  }

  /** Something that is no record at all. */
  async appendForeign(): Promise<void> {
    await this.redis.xadd(FEED_STREAM_KEY, '*', 'hello', 'there');
  }

  /** Writes in the epoch in which `other` wrote. */
  continue(other: RedisWriter): void {
    this.epoch = other.epoch;
  }

  /** What comes next belongs to another life of the log. */
  beginNewLife(): void {
    this.epoch = randomUUID();
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

  private async write(json: string, told: boolean, entry?: RevocationEntry) {
    const { epoch } = this;
    const reply = await this.redis.eval(APPEND, 1, FEED_STREAM_KEY, epoch, json, told ? 'told' : 'untold');
    const [position = '', previous = '', notice = ''] = reply as string[];
    const record: FeedRecord = { position, previous, epoch, ...(entry ? { entry } : {}) };
    return { record, notice };
  }
}
