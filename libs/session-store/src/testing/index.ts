export { aMove, aSession, aUserId, hashOf } from './builders.js';
export { aRecord, describeSessionLedger, type LedgerUnderTest } from './session-ledger.conformance.js';
export { describeSessionStore, type StoreUnderTest } from './session-store.conformance.js';
