import { FakeClock } from '@gatehouse/kernel/testing';
import { describeSessionStore } from '../testing/index.js';
import { MemorySessionStore } from './memory-session-store.js';

describeSessionStore('memory', async () => {
  const clock = new FakeClock();
  return { store: new MemorySessionStore(clock), elapse: async (ms) => clock.advance(ms), tickMs: 1_000 };
});
