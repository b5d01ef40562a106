export { Clock, SystemClock } from './clock.js';
export { randomHex, randomUuid } from './random-id.js';
export { type Place, Roster } from './roster.js';
