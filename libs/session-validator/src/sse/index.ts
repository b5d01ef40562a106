export { SseFeed } from './sse-feed.js';
