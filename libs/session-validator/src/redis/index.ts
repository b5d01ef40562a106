export { RedisFeed } from './redis-feed.js';
export { RedisKeySource } from './redis-key-source.js';
export { RedisReceipts } from './redis-receipts.js';
export { RedisLink } from './redis-link.js';
