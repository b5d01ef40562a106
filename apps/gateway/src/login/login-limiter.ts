import type { Logger } from '@gatehouse/observability';
import type { RateLimiter } from '@gatehouse/rate-limit';
import { FallbackRateLimiter } from '@gatehouse/rate-limit/fallback';
import { MemoryRateLimiter, MonotonicClock } from '@gatehouse/rate-limit/memory';
import { RedisRateLimiter } from '@gatehouse/rate-limit/redis';
import type { RedisConnection } from '@gatehouse/redis';

/**
 * Counts over all gateways while Redis answers, in this one while it does not.
 *
 * @param prefix - of the gateway's keys: its account may write nowhere else
 */
export function loginLimiter(redis: RedisConnection | undefined, prefix: string, logger: Logger): RateLimiter {
  const clock = new MonotonicClock();
  const own = new MemoryRateLimiter(clock);
  if (!redis) return own;
  return new FallbackRateLimiter(new RedisRateLimiter(redis, `${prefix}:limit`), own, clock, {
    onStatus: (status) =>
      logger.warn(status === 'own' ? 'logins are counted per gateway' : 'logins are counted together again'),
  });
}
