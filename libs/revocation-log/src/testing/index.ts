export { anEntry, aRow } from './builders.js';
export { describeFeedLog, type LogUnderTest } from './feed-log.conformance.js';
export { describeRevocationOutbox } from './revocation-outbox.conformance.js';
