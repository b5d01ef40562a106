import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryRateLimiter } from '../memory/index.js';
import { LimiterThrottlerStorage } from './index.js';

describe('the storage of @nestjs/throttler', () => {
  const clock = new FakeClock();
  const storage = new LimiterThrottlerStorage(new MemoryRateLimiter(clock));
  const attempt = (key: string) => storage.increment(key, 60_000, 2, 60_000, 'default');

  it('counts hits up to the limit and says in whole seconds when to come back', async () => {
    expect(await attempt('a')).toEqual({ totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
    clock.advance(1_500);
    expect(await attempt('a')).toEqual({ totalHits: 2, timeToExpire: 59, isBlocked: false, timeToBlockExpire: 0 });
    const refused = await attempt('a');
    expect(refused).toEqual({ totalHits: 2, timeToExpire: 59, isBlocked: true, timeToBlockExpire: 59 });
    expect((await attempt('b')).isBlocked).toBe(false);
    clock.advance(refused.timeToBlockExpire * 1_000);
    expect((await attempt('a')).isBlocked).toBe(false);
  });
});
