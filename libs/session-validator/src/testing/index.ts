export { FakeTime } from './fake-time.js';
export { MemoryFeed, type MemoryFeedOptions, type Revocation } from './memory-feed.js';
export { createTestIssuer, TestIssuer, type SignOptions, type TestIssuerOptions } from './test-issuer.js';
