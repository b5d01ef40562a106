import { comparePositions, FEED_START, type FeedRecord, type RevocationEntry } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { type Appended, type EpochMismatch, FeedLog } from '@gatehouse/revocation-log';

/** A log whose notices can be lost, whose life can end and whose readers can be made to wait: what a test wants to go wrong. */
export class ScriptedLog extends FeedLog {
  records: FeedRecord[] = [];
  losesNotices = false;
  away = false;
  /** Runs before each read, for what happens in the middle of one. */
  beforeRead: () => void = () => undefined;
  private epoch = 'epoch-1';
  private ms = 1_000;
  private readonly listeners = new Set<(record: FeedRecord) => void>();

  /** Ends this life of the log; positions of the next begin at `ms`. */
  restart(epoch: string, ms: number): void {
    this.records = [];
    this.epoch = epoch;
    this.ms = ms;
  }

  /** @returns its position. */
  add(value?: string): string {
    const previous = this.records.at(-1)?.position ?? FEED_START;
    const entry: RevocationEntry | undefined =
      value === undefined
        ? undefined
        : { id: 'r', scope: 'sid', value, cutoff: 0, untilMs: 9e15, reason: 'user_signout' };
    const record = { position: `${this.ms++}-0`, previous, epoch: this.epoch, ...(entry ? { entry } : {}) };
    this.records.push(record);
    if (!this.losesNotices) for (const listener of this.listeners) listener(record);
    return record.position;
  }

  get listening(): number {
    return this.listeners.size;
  }

  override async readAfter(position: string, limit: number): Promise<FeedRecord[]> {
    if (this.away) throw new SessionStoreUnavailable('switched off by the test');
    this.beforeRead();
    await Promise.resolve();
    return this.records.filter((record) => comparePositions(record.position, position) > 0).slice(0, limit);
  }

  override onRecord(listener: (record: FeedRecord) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override async openEpoch(): Promise<string> {
    return this.epoch;
  }
  override async currentEpoch(): Promise<string> {
    return this.epoch;
  }
  override async append(): Promise<Appended | EpochMismatch> {
    throw new Error('this log is written with `add`');
  }
  override async beat(): Promise<Appended | EpochMismatch> {
    throw new Error('this log is written with `add`');
  }
  override async isDurable(): Promise<boolean> {
    return true;
  }
}
