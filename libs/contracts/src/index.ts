export * from './access-token.js';
export * from './activity.js';
export * from './error-codes.js';
export * from './feed.js';
export * from './key-bundle.js';
export * from './receipt.js';
export * from './revocation.js';
