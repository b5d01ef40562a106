export { aMove, aSession, aUserId, hashOf } from './builders.js';
export { describeSessionStore, type StoreUnderTest } from './session-store.conformance.js';
