import { FakeClock } from '@gatehouse/kernel/testing';
import type { SlidingWindow } from '../limit.js';
import { describeRateLimiter } from '../testing/index.js';
import { MemoryRateLimiter, MonotonicClock } from './index.js';

describeRateLimiter('memory', async () => {
  const clock = new FakeClock();
  return { limiter: new MemoryRateLimiter(clock), elapse: async (ms) => clock.advance(ms), spanMs: 60_000 };
});

describe('memory that strangers fill', () => {
  it('stays bounded, and keeps whoever is still trying', async () => {
    const limiter = new MemoryRateLimiter(new FakeClock(), 100);
    const attempt = async (key: string) => {
      const once: SlidingWindow = { kind: 'sliding-window', policy: 'p', key, limit: 1, windowMs: 60_000 };
      return (await limiter.take('g', [once])).admitted;
    };
    await attempt('still-trying');
    for (let i = 0; i < 500; i++) {
      await attempt(`stranger-${i}`);
      expect(await attempt('still-trying')).toBe(false);
    }
    expect(await attempt('stranger-0')).toBe(true);
  });
});

describe('the clock of a process’s own limits', () => {
  it('goes on when the wall clock is set back or ahead', () => {
    const clock = new MonotonicClock();
    const before = clock.nowMs();
    const wall = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 600_000);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
    expect(clock.nowMs() - before).toBeLessThan(5_000);
    wall.mockRestore();
  });
});
