/**
 * For the tests of a service: an issuer with real keys, a feed that can be cut, a clock that stands still.
 *
 * @module
 */
export { FakeTime } from './fake-time.js';
export { MemoryFeed, type MemoryFeedOptions, type Revocation } from './memory-feed.js';
export { createTestIssuer, TestIssuer, type SignOptions, type TestIssuerOptions } from './test-issuer.js';
