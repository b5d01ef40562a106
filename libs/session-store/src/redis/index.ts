export { RedisSessionStore } from './redis-session-store.js';
export { SessionSeals } from './session-seals.js';
