import { asRevocationEntry, decodeNotice, FEED_START, FEED_VERSION, type FeedRecord } from '@gatehouse/contracts';
import type { FeedLedger, RevocationFeed } from '@gatehouse/session-validator';
import type { StoredRecord } from './vectors.js';

/** A log in memory that a transcript writes, cuts and loses, and the feed that reads it. All at once, nothing by itself. */
export class TranscriptFeed implements RevocationFeed {
  private log: StoredRecord[] = [];
  private ledger: FeedLedger | undefined;
  private readable = true;

  constructor(private readonly monotonicMs: () => number) {}

  start(ledger: FeedLedger): void {
    this.ledger = ledger;
    this.read();
  }

  async close(): Promise<void> {
    this.ledger = undefined;
  }

  append(records: readonly StoredRecord[]): void {
    this.log.push(...records);
  }

  trim(keep: number): void {
    this.log = keep === 0 ? [] : this.log.slice(-keep);
  }

  rollBack(count: number): void {
    this.log = this.log.slice(0, -count);
  }

  cut(): void {
    this.readable = false;
  }

  heal(): void {
    this.readable = true;
    this.read();
  }

  notice(text: string): void {
    const record = decodeNotice(text);
    if (!record || this.ledger?.notice(record) === 'hole') this.read();
  }

  /** Reads the log from the ledger's place to its end, or from the start when the place is gone. */
  read(): void {
    const { ledger } = this;
    if (!ledger || !this.readable) return;
    const askedAtMs = this.monotonicMs();
    const isOurs = ({ id, fields }: StoredRecord) => id === ledger.position && fields['epoch'] === ledger.epoch;
    const place = this.log.findIndex(isOurs);
    if (place < 0 && ledger.position !== FEED_START) ledger.losePlace();
    for (const stored of this.log.slice(place + 1)) this.take(ledger, stored);
    ledger.reachedEnd(askedAtMs);
  }

  private take(ledger: FeedLedger, { id: position, fields }: StoredRecord): void {
    const { epoch, prev: previous, v, entry: text } = fields;
    if (!epoch || !previous) return ledger.passOverForeign(position);
    const place = { position, previous, epoch };
    const record = v === String(FEED_VERSION) ? withEntry(place, text) : undefined;
    if (record) ledger.read(record);
    else ledger.passOver(place);
  }
}

function withEntry(place: FeedRecord, text: string | undefined): FeedRecord | undefined {
  if (text === undefined) return place;
  try {
    const entry = asRevocationEntry(JSON.parse(text));
    return entry && { ...place, entry };
  } catch {
    return undefined;
  }
}
