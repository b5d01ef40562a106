import type { FeedRecord, RevocationEntry } from '@gatehouse/contracts';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { type Appended, type EpochMismatch, FeedLog, RevocationOutbox } from '@gatehouse/revocation-log';

/** Stands where no database is named: to the writer it is one that is away. */
export class AbsentOutbox extends RevocationOutbox {
  override add(): Promise<never> {
    return this.away();
  }
  override deliverPending(): Promise<never> {
    return this.away();
  }
  override markDelivered(): Promise<never> {
    return this.away();
  }
  override async *unexpired(): AsyncIterable<never> {
    await this.away();
  }
  override find(): Promise<never> {
    return this.away();
  }
  override page(): Promise<never> {
    return this.away();
  }
  override countPending(): Promise<never> {
    return this.away();
  }
  override prune(): Promise<never> {
    return this.away();
  }

  private async away(): Promise<never> {
    throw new DatabaseUnavailable('no database is named');
  }
}

/** Stands where no Redis is named. */
export class AbsentLog extends FeedLog {
  override openEpoch(): Promise<never> {
    return this.away();
  }
  override currentEpoch(): Promise<never> {
    return this.away();
  }
  override append(): Promise<never> {
    return this.away();
  }
  override beat(): Promise<never> {
    return this.away();
  }
  override readAfter(): Promise<never> {
    return this.away();
  }
  override onRecord(): () => void {
    return () => undefined;
  }
  override isDurable(): Promise<never> {
    return this.away();
  }

  private async away(): Promise<never> {
    throw new SessionStoreUnavailable('no Redis is named');
  }
}

/** Remembers what was appended through it: the writer does not tell positions. */
export class WitnessedLog extends FeedLog {
  readonly appended: FeedRecord[] = [];

  constructor(private readonly log: FeedLog) {
    super();
  }

  override async append(
    epoch: string,
    entries: readonly RevocationEntry[],
    keepMs: number,
  ): Promise<Appended | EpochMismatch> {
    const outcome = await this.log.append(epoch, entries, keepMs);
    if (outcome.kind === 'appended') this.appended.push(...outcome.records);
    return outcome;
  }
  override openEpoch(proposed: string, abandoning?: string): Promise<string> {
    return this.log.openEpoch(proposed, abandoning);
  }
  override currentEpoch(): Promise<string | undefined> {
    return this.log.currentEpoch();
  }
  override beat(epoch: string, keepMs: number): Promise<Appended | EpochMismatch> {
    return this.log.beat(epoch, keepMs);
  }
  override readAfter(position: string, limit: number): Promise<FeedRecord[]> {
    return this.log.readAfter(position, limit);
  }
  override onRecord(listener: (record: FeedRecord) => void): () => void {
    return this.log.onRecord(listener);
  }
  override isDurable(): Promise<boolean> {
    return this.log.isDurable();
  }
}
