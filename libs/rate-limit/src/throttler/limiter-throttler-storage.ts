import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RateLimiter } from '../rate-limiter.port.js';

// The package exports the storage's interface but not the name of its answer.
type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Counts for `@nestjs/throttler`, so that its guard and decorators work on any route with the limits of a {@link RateLimiter}. */
export class LimiterThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly limiter: RateLimiter) {}

  /**
   * @param ttlMs - the window, which slides
   * @param _blockDurationMs - not used: whoever is refused is admitted as soon as the window allows it
   */
  async increment(
    key: string,
    ttlMs: number,
    limit: number,
    _blockDurationMs: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const { admitted, tightest } = await this.limiter.take(`throttler:${key}`, [
      { kind: 'sliding-window', policy: throttlerName, key, limit, windowMs: ttlMs },
    ]);
    const { remaining = 0, resetMs = ttlMs, waitMs = 0 } = tightest ?? {};
    return {
      totalHits: limit - remaining,
      timeToExpire: wholeSeconds(resetMs),
      isBlocked: !admitted,
      timeToBlockExpire: admitted ? 0 : wholeSeconds(waitMs),
    };
  }
}

/** Rounded up: a client that waits exactly that long is admitted. */
function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
