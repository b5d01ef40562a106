import {
  FEED_NOTICE_CHANNEL,
  FEED_START,
  FEED_STREAM_KEY,
  comparePositions,
  decodeNotice,
  type FeedRecord,
  type RevocationEntry,
} from '@gatehouse/contracts';
import { keepSubscribed, orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { FeedLog, type Appended, type EpochMismatch } from '../feed-log.port.js';
import { feedKeys } from './keys.js';
import { ReadableRecords } from './readable-records.js';
import { appendRecords } from './scripts/append-records.script.js';
import { openEpoch } from './scripts/open-epoch.script.js';

/** Entries in one step at the most: a script holds up everybody else. */
const MAX_BATCH = 100;
/** Longest to wait for a replica's word, in ms. */
const REPLICA_WAIT_MS = 200;

/** The log as a Redis stream, announced on a channel. */
export class RedisFeedLog extends FeedLog {
  private readonly listeners = new Set<(record: FeedRecord) => void>();
  /** The last record this writer knows of, to notice when the log has lost some. */
  private seen = { epoch: '', position: FEED_START };

  /** @param subscriber - a connection of its own, since a subscribed one can do nothing else */
  constructor(
    private readonly redis: RedisConnection,
    subscriber: RedisConnection,
  ) {
    super();
    subscriber.on('message', (channel: string, text: string) => this.heard(channel, text));
    keepSubscribed(subscriber, FEED_NOTICE_CHANNEL);
  }

  async openEpoch(proposed: string, abandoning = ''): Promise<string> {
    return (await openEpoch.run(this.redis, feedKeys, { proposed, abandoning })) ?? proposed;
  }

  async currentEpoch(): Promise<string | undefined> {
    return openEpoch.run(this.redis, feedKeys, { proposed: '', abandoning: '' });
  }

  async append(epoch: string, entries: readonly RevocationEntry[], keepMs: number): Promise<Appended | EpochMismatch> {
    const records: FeedRecord[] = [];
    for (let i = 0; i < entries.length; i += MAX_BATCH) {
      const outcome = await this.write(epoch, entries.slice(i, i + MAX_BATCH), keepMs);
      if (outcome.kind === 'epoch-mismatch') return outcome;
      records.push(...outcome.records);
    }
    return { kind: 'appended', records };
  }

  async beat(epoch: string, keepMs: number): Promise<Appended | EpochMismatch> {
    return this.write(epoch, [], keepMs);
  }

  async readAfter(position: string, limit: number): Promise<FeedRecord[]> {
    const readable = new ReadableRecords(position);
    const records: FeedRecord[] = [];
    // A page that is not full says that the log ends there; so what is passed over is made up for.
    for (let from = position, wanted = limit; ; wanted = limit - records.length) {
      const found = await orStoreUnavailable(() =>
        this.redis.xrange(FEED_STREAM_KEY, `(${from}`, '+', 'COUNT', wanted),
      );
      for (const raw of found) {
        const record = readable.next(raw);
        if (record) records.push(record);
      }
      from = found.at(-1)?.[0] ?? from;
      if (found.length < wanted || records.length === limit) return records;
    }
  }

  onRecord(listener: (record: FeedRecord) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async isDurable(): Promise<boolean> {
    return orStoreUnavailable(async () => {
      const info = await this.redis.info('persistence');
      if (/^aof_enabled:1/m.test(info) && /^aof_last_write_status:ok/m.test(info)) return true;
      return (await this.redis.wait(1, REPLICA_WAIT_MS)) >= 1;
    });
  }

  private async write(
    epoch: string,
    entries: readonly RevocationEntry[],
    keepMs: number,
  ): Promise<Appended | EpochMismatch> {
    const { kind, rest } = await appendRecords.run(this.redis, feedKeys, {
      epoch,
      entries: JSON.stringify(entries.map((entry) => JSON.stringify(entry))),
      keepMs,
      channel: FEED_NOTICE_CHANNEL,
      seen: this.seen.epoch === epoch ? this.seen.position : FEED_START,
    });
    if (kind === 'epoch-mismatch') return { kind, epoch: rest[0] === '' ? undefined : rest[0] };
    const records: FeedRecord[] = [];
    for (let i = 0; i < rest.length; i += 2) {
      const entry = entries[i / 2];
      const [position = '', previous = ''] = rest.slice(i, i + 2);
      records.push({ position, previous, epoch, ...(entry ? { entry } : {}) });
    }
    const last = records.at(-1);
    if (last) this.noteSeen(last);
    return { kind: 'appended', records };
  }

  private heard(channel: string, text: string): void {
    if (channel !== FEED_NOTICE_CHANNEL) return;
    const record = decodeNotice(text);
    if (!record) return;
    this.noteSeen(record);
    for (const listener of this.listeners) listener(record);
  }

  private noteSeen({ epoch, position }: FeedRecord): void {
    if (epoch === this.seen.epoch && comparePositions(position, this.seen.position) <= 0) return;
    this.seen = { epoch, position };
  }
}
