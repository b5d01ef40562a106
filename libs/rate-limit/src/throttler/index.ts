export { LimiterThrottlerStorage } from './limiter-throttler-storage.js';
