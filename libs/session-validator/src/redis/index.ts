/**
 * What follows feed and keys over Redis. `createSessionValidator` makes these itself; they are here for a set-up
 * of your own.
 *
 * @module
 */
export { RedisActivity } from './redis-activity.js';
export { RedisFeed } from './redis-feed.js';
export { RedisKeySource } from './redis-key-source.js';
export { RedisReceipts } from './redis-receipts.js';
export { RedisLink } from './redis-link.js';
