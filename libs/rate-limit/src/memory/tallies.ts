import type { GrowingDelay, Limit, LimitReading, SlidingWindow, TokenBucket } from '../limit.js';

/** What has been counted under one key. Asked first, charged only if every limit of the attempt admits it. */
export interface Tally {
  /** Attempts somebody else is deciding on; they count as if they had been admitted this moment. */
  held: number;
  /** How long it refuses at `nowMs`, in ms; 0 when it does not. */
  waitMs(nowMs: number): number;
  /** @returns the mark of the charge. */
  charge(nowMs: number): string;
  reading(nowMs: number, waitMs: number): LimitReading;
}

/** Instants of admitted attempts, oldest first. */
export class WindowTally implements Tally {
  held = 0;
  private admitted: number[] = [];
  constructor(private limit: SlidingWindow) {}

  adopt(limit: SlidingWindow): void {
    this.limit = limit;
  }

  waitMs(nowMs: number): number {
    const { limit, windowMs } = this.limit;
    this.admitted = this.admitted.filter((atMs) => atMs > nowMs - windowMs && atMs <= nowMs + windowMs);
    const length = this.admitted.length + this.held;
    if (length < limit) return 0;
    // Where the limit has been lowered, more than the oldest must leave.
    return (this.admitted[length - limit] ?? nowMs) + windowMs - nowMs;
  }

  charge(nowMs: number): string {
    this.admitted.push(nowMs);
    return '';
  }

  reading(nowMs: number, waitMs: number): LimitReading {
    const { policy, limit, windowMs } = this.limit;
    const [oldest] = this.admitted;
    const resetMs = oldest === undefined ? waitMs : oldest + windowMs - nowMs;
    return { policy, limit, windowMs, remaining: Math.max(0, limit - this.admitted.length), resetMs, waitMs };
  }
}

/** When the bucket will be full (the "theoretical arrival time" of GCRA, ITU-T I.371): one number says it all. */
export class BucketTally implements Tally {
  held = 0;
  private fullAtMs = 0;
  constructor(private limit: TokenBucket) {}

  adopt(limit: TokenBucket): void {
    this.limit = limit;
  }

  waitMs(nowMs: number): number {
    const { limit, windowMs } = this.limit;
    this.fullAtMs = Math.min(Math.max(this.fullAtMs, nowMs), nowMs + windowMs);
    if (limit === 0) return windowMs;
    const interval = windowMs / limit;
    return Math.max(0, Math.ceil(this.fullAtMs + (this.held + 1) * interval - windowMs - nowMs - ROUNDING));
  }

  charge(nowMs: number): string {
    this.fullAtMs = Math.max(this.fullAtMs, nowMs) + this.limit.windowMs / this.limit.limit;
    return '';
  }

  reading(nowMs: number, waitMs: number): LimitReading {
    const { policy, limit, windowMs } = this.limit;
    if (limit === 0) return { policy, limit, windowMs, remaining: 0, resetMs: windowMs, waitMs };
    const missingMs = this.fullAtMs - nowMs;
    const interval = windowMs / limit;
    const remaining = Math.max(0, Math.floor((windowMs - missingMs) / interval + ROUNDING));
    const resetMs = Math.max(0, Math.ceil(missingMs - windowMs + Math.min(limit, remaining + 1) * interval - ROUNDING));
    return { policy, limit, windowMs, remaining, resetMs, waitMs };
  }
}

/** Sums of fractions miss by less than this, in ms and in attempts. */
const ROUNDING = 1e-3;

export class DelayTally implements Tally {
  held = 0;
  private failures = 0;
  private untilMs = 0;
  private quietSinceMs = 0;
  constructor(private limit: GrowingDelay) {}

  adopt(limit: GrowingDelay): void {
    this.limit = limit;
  }

  waitMs(nowMs: number): number {
    const { maxMs, forgetMs } = this.limit;
    if (this.quietSinceMs + forgetMs <= nowMs) this.failures = 0;
    this.untilMs = Math.min(this.untilMs, nowMs + maxMs);
    return Math.max(0, this.untilMs - nowMs);
  }

  charge(nowMs: number): string {
    const { free, firstMs, maxMs } = this.limit;
    this.failures += 1;
    const delayMs = this.failures <= free ? 0 : Math.min(maxMs, firstMs * 2 ** (this.failures - free - 1));
    this.untilMs = delayMs === 0 ? 0 : nowMs + delayMs;
    this.quietSinceMs = nowMs + delayMs;
    return String(this.untilMs);
  }

  /** @returns whether nothing is left to remember. */
  withdraw(mark: string): boolean {
    this.failures = Math.max(0, this.failures - 1);
    // Only what this attempt put off: another failure may have come since.
    if (mark === String(this.untilMs)) this.untilMs = 0;
    return this.failures === 0 && this.untilMs === 0;
  }

  reading(nowMs: number, waitMs: number): LimitReading {
    const resetMs = Math.max(0, this.untilMs - nowMs);
    return {
      policy: this.limit.policy,
      limit: 1,
      windowMs: resetMs,
      remaining: resetMs > 0 ? 0 : 1,
      resetMs,
      waitMs,
    };
  }
}

/** An empty tally for a limit. */
export function tallyFor(limit: Limit): WindowTally | BucketTally | DelayTally {
  switch (limit.kind) {
    case 'sliding-window':
      return new WindowTally(limit);
    case 'token-bucket':
      return new BucketTally(limit);
    case 'growing-delay':
      return new DelayTally(limit);
  }
}
