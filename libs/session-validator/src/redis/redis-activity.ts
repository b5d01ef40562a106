import {
  ACTIVITY_STREAM_KEY,
  ACTIVITY_STREAM_MAX_RECORDS,
  ACTIVITY_VERSION,
  encodeActivity,
  type ActivityBatch,
} from '@gatehouse/contracts';
import type { ActivityReporter } from '../core/activity/activity.port.js';
import { appendReport } from './append-report.js';
import type { RedisLink } from './redis-link.js';

const STREAM = { key: ACTIVITY_STREAM_KEY, maxRecords: ACTIVITY_STREAM_MAX_RECORDS };

/** Reports into a Redis stream that the auth service empties: the key `rev:activity`, and one command, `XADD`. */
export class RedisActivity implements ActivityReporter {
  constructor(private readonly link: Pick<RedisLink, 'ask'>) {}

  report(batch: ActivityBatch): Promise<boolean> {
    // Whose it is and which stands beside it, so that it can be known again without being taken apart.
    const name = ['from', batch.instance, 'n', batch.batch];
    return appendReport(this.link, STREAM, ['v', ACTIVITY_VERSION, ...name, 'batch', encodeActivity(batch)]);
  }

  close(): void {
    // The link is the feed's.
  }
}
