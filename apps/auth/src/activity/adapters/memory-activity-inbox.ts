import { ACTIVITY_STREAM_MAX_RECORDS, type ActivityBatch } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { ActivityInbox, type Taken, type TakenBatch } from '../activity-inbox.port.js';
import { MAX_HEARD_VALIDATORS } from '../heard-validators.js';

/** For one process: all validators report to it. */
export class MemoryActivityInbox extends ActivityInbox {
  private waiting: TakenBatch[] = [];
  /** Number of the last batch of each validator, the one heard of longest ago first. */
  private readonly heard = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly maxRecords = ACTIVITY_STREAM_MAX_RECORDS,
  ) {
    super();
  }

  override async post(batch: ActivityBatch): Promise<void> {
    this.waiting.push({ batch, arrivedAtMs: this.clock.nowMs() });
    if (this.waiting.length > this.maxRecords) this.waiting.shift();
  }

  override async take(most: number): Promise<Taken> {
    const records = this.waiting.splice(0, most);
    const batches: TakenBatch[] = [];
    let lost = 0;
    for (const record of records) {
      const missed = this.hear(record.batch);
      if (missed === 'duplicate') continue;
      lost += missed;
      batches.push(record);
    }
    const duplicates = records.length - batches.length;
    return { batches, duplicates, lost, unreadable: 0, more: this.waiting.length > 0 };
  }

  /** @returns how many batches of this validator never came, or that this one has come before. */
  private hear({ instance, batch }: ActivityBatch): number | 'duplicate' {
    const last = this.heard.get(instance);
    if (last !== undefined && batch <= last) return 'duplicate';
    this.heard.delete(instance);
    this.heard.set(instance, batch);
    if (this.heard.size > MAX_HEARD_VALIDATORS) this.heard.delete([...this.heard.keys()][0] ?? '');
    return last === undefined ? 0 : batch - last - 1;
  }
}
