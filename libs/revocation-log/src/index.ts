export { FeedLog, type Appended, type EpochMismatch } from './feed-log.port.js';
export { RevocationOutbox, type OutboxRow } from './outbox.port.js';
