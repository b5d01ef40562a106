import {
  ACTIVITY_STREAM_KEY,
  ACTIVITY_STREAM_MAX_RECORDS,
  ACTIVITY_VERSION,
  decodeActivity,
  encodeActivity,
  type ActivityBatch,
} from '@gatehouse/contracts';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { ActivityInbox, type Taken, type TakenBatch } from '../activity-inbox.port.js';
import { MAX_HEARD_VALIDATORS } from '../heard-validators.js';
import { takeActivity } from './take-activity.script.js';

/** In braces what places a key: all three lie where the stream lies. */
const KEYS = {
  stream: ACTIVITY_STREAM_KEY,
  numbers: `rev:numbers:{${ACTIVITY_STREAM_KEY}}`,
  heard: `rev:heard:{${ACTIVITY_STREAM_KEY}}`,
};
/** A validator that was silent for a day does not send the same batch again. */
const KEEP_MS = 86_400_000;

/**
 * For any number of processes: validators add to a Redis stream, and instances of the auth service take out of it what is there.
 * Whoever may write to the stream may write rubbish, which is told as that.
 */
export class RedisActivityInbox extends ActivityInbox {
  constructor(private readonly redis: RedisConnection) {
    super();
  }

  override async post(batch: ActivityBatch): Promise<void> {
    const fields = ['v', ACTIVITY_VERSION, 'from', batch.instance, 'n', batch.batch, 'batch', encodeActivity(batch)];
    await orStoreUnavailable(() =>
      this.redis.xadd(KEYS.stream, 'MAXLEN', '~', ACTIVITY_STREAM_MAX_RECORDS, '*', ...fields),
    );
  }

  override async take(most: number): Promise<Taken> {
    const args = { most, maxHeard: MAX_HEARD_VALIDATORS, keepMs: KEEP_MS };
    const records = await takeActivity.run(this.redis, KEYS, args);
    const batches: TakenBatch[] = [];
    let [duplicates, unreadable, lost] = [0, 0, 0];
    for (const { outcome, arrivedAtMs, json, missed } of records) {
      lost += missed;
      const batch = outcome === 'batch' ? decodeActivity(json) : undefined;
      if (batch) batches.push({ batch, arrivedAtMs });
      else if (outcome === 'duplicate') duplicates += 1;
      else unreadable += 1;
    }
    return { batches, duplicates, unreadable, lost, more: records.length === most };
  }
}
