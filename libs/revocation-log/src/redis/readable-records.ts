import { asRevocationEntry, FEED_START, FEED_VERSION, readLag, type FeedRecord } from '@gatehouse/contracts';
import { fieldOf, type RawRecord } from './region/raw-record.js';

const VERSION = String(FEED_VERSION);

/**
 * Reads the stream record by record. What is nobody's is passed over, or it would keep everybody from reading the log; the record
 * after it then names the one before, so that nobody takes its place for a hole.
 */
export class ReadableRecords {
  private last: string | undefined;
  private passedOver: string | undefined;

  /** @param after - the record before the first one, or `FEED_START` */
  constructor(after: string) {
    this.last = after === FEED_START ? undefined : after;
  }

  /** @returns `undefined` for what is passed over. */
  next(raw: RawRecord): FeedRecord | undefined {
    const record = readRecord(raw);
    const [position] = raw;
    if (!record) {
      this.passedOver = position;
      return undefined;
    }
    const { last, passedOver } = this;
    this.last = position;
    this.passedOver = undefined;
    return record.previous === passedOver && last !== undefined ? { ...record, previous: last } : record;
  }
}

function readRecord(raw: RawRecord): FeedRecord | undefined {
  const [epoch, previous, json, lag] = ['epoch', 'prev', 'entry', 'lag'].map((name) => fieldOf(raw, name));
  if (!epoch || !previous) return undefined;
  const place = { position: raw[0], previous, epoch, ...(lag === undefined ? {} : { lagMs: readLag(lag) }) };
  const isOurs = fieldOf(raw, 'v') === VERSION;
  if (isOurs && json === undefined) return place;
  const entry = isOurs && json !== undefined ? readEntry(json) : undefined;
  return entry ? { ...place, entry } : { ...place, unreadable: true };
}

function readEntry(json: string) {
  try {
    return asRevocationEntry(JSON.parse(json));
  } catch {
    return undefined;
  }
}
