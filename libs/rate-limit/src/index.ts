export {
  checkLimits,
  verdictOf,
  type GrowingDelay,
  type Limit,
  type LimitReading,
  type SlidingWindow,
  type TokenBucket,
  type Verdict,
} from './limit.js';
export { RateLimiter } from './rate-limiter.port.js';
