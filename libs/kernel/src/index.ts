export { Clock, SystemClock } from './clock.js';
export { randomHex, randomUuid } from './random-id.js';
