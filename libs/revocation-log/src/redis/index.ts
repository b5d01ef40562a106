export { RedisFeedLog } from './redis-feed-log.js';
