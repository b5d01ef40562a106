export { describeRateLimiter, type LimiterUnderTest } from './rate-limiter.conformance.js';
