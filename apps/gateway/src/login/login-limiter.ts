import type { Logger } from '@gatehouse/observability';
import type { RateLimiter } from '@gatehouse/rate-limit';
import { FallbackRateLimiter } from '@gatehouse/rate-limit/fallback';
import { MemoryRateLimiter, MonotonicClock } from '@gatehouse/rate-limit/memory';
import { RedisRateLimiter } from '@gatehouse/rate-limit/redis';
import type { RedisConnection } from '@gatehouse/redis';

/** Beside the gateway's other keys, where the gateway's account may write. */
const PREFIX = 'gateway:limit';

/** Counts over all gateways while Redis answers, in this one while it does not. */
export function loginLimiter(redis: RedisConnection | undefined, logger: Logger): RateLimiter {
  const clock = new MonotonicClock();
  const own = new MemoryRateLimiter(clock);
  if (!redis) return own;
  return new FallbackRateLimiter(new RedisRateLimiter(redis, PREFIX), own, clock, {
    onStatus: (status) =>
      logger.warn(status === 'own' ? 'logins are counted per gateway' : 'logins are counted together again'),
  });
}
