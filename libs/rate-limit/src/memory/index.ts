export { MemoryRateLimiter } from './memory-rate-limiter.js';
export { MonotonicClock } from './monotonic-clock.js';
