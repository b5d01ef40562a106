export { RedisFeed } from './redis-feed.js';
export { RedisKeySource } from './redis-key-source.js';
export { RedisLink } from './redis-link.js';
