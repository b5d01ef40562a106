export { FeedLog, type Appended, type EpochMismatch } from './feed-log.port.js';
export { FeedRelay, type FeedRelaySettings, type FeedRelayStatus } from './feed-relay.js';
export { RevocationOutbox, type ListedRevocation, type OutboxQuery, type OutboxRow } from './outbox.port.js';
export { RevocationWriter, type WriterObserver } from './revocation-writer.js';
