export { HttpReceipts } from './http-receipts.js';
export { SseFeed } from './sse-feed.js';
