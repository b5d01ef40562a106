export { MemoryFeedLog } from './memory-feed-log.js';
export { MemoryRevocationOutbox } from './memory-revocation-outbox.js';
