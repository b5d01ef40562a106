/**
 * What follows the feed over server-sent events. `createSessionValidator` makes these itself; they are here for a
 * set-up of your own.
 *
 * @module
 */
export { HttpActivity } from './http-activity.js';
export { HttpReceipts } from './http-receipts.js';
export { SseFeed } from './sse-feed.js';
