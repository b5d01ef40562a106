import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { ThrottlerRecord } from './throttler-record.js';

/** After a failure Redis is left alone this long, so that a stalled one does not slow down each request. */
const PAUSE_MS = 1_000;

/** Limits over all instances while Redis answers, per instance while it does not: never none (and never a 500). */
export class FallbackThrottlerStorage implements ThrottlerStorage {
  private pausedUntilMs = 0;

  constructor(
    private readonly shared: ThrottlerStorage,
    private readonly own: ThrottlerStorage,
    private readonly clock: Clock,
  ) {}

  async increment(...attempt: Parameters<ThrottlerStorage['increment']>): Promise<ThrottlerRecord> {
    if (this.clock.nowMs() < this.pausedUntilMs) return this.own.increment(...attempt);
    try {
      return await this.shared.increment(...attempt);
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) throw error;
      this.pausedUntilMs = this.clock.nowMs() + PAUSE_MS;
      return this.own.increment(...attempt);
    }
  }
}
