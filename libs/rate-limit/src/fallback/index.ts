export { FallbackRateLimiter, type FallbackOptions } from './fallback-rate-limiter.js';
