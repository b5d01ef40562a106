import { encodeActivity, type ActivityBatch } from '@gatehouse/contracts';
import type { ActivityReporter } from '../core/activity/activity.port.js';
import { HttpPost } from './http-post.js';

/** Reports to the auth service, for networks without Redis. */
export class HttpActivity implements ActivityReporter {
  private readonly activity: HttpPost;

  constructor(url: string, token: string | undefined) {
    this.activity = new HttpPost(url, token);
  }

  report(batch: ActivityBatch): Promise<boolean> {
    return this.activity.send(encodeActivity(batch));
  }

  close(): void {
    this.activity.close();
  }
}
