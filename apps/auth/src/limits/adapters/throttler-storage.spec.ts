import { SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex, SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl, sleep } from '@gatehouse/testing';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { FallbackThrottlerStorage } from './fallback-throttler-storage.js';
import { MemoryThrottlerStorage } from './memory-throttler-storage.js';
import { RedisThrottlerStorage } from './redis-throttler-storage.js';

interface StorageUnderTest {
  readonly storage: ThrottlerStorage;
  readonly elapse: (ms: number) => Promise<void>;
}

/** What every storage owes. `windowMs` is long enough for the storage's own clock to be trusted with. */
function describeThrottlerStorage(name: string, windowMs: number, make: () => Promise<StorageUnderTest>): void {
  describe(`attempts counted in ${name}`, () => {
    let storage: ThrottlerStorage;
    let elapse: StorageUnderTest['elapse'];
    const attempt = (key: string, limit = 3) => storage.increment(key, windowMs, limit, 0, 'test');

    beforeAll(async () => {
      ({ storage, elapse } = await make());
    });

    it('are admitted up to the limit, then refused', async () => {
      const key = randomHex(8);
      const answers = [];
      for (let i = 0; i < 5; i++) answers.push(await attempt(key));
      expect(answers.map(({ isBlocked }) => isBlocked)).toEqual([false, false, false, true, true]);
      expect(answers.map(({ totalHits }) => totalHits)).toEqual([1, 2, 3, 3, 3]);
    });

    it('are admitted exactly to the limit when all come at once', async () => {
      const key = randomHex(8);
      const answers = await Promise.all(Array.from({ length: 100 }, () => attempt(key, 10)));
      expect(answers.filter(({ isBlocked }) => !isBlocked)).toHaveLength(10);
    });

    it('are counted per key', async () => {
      const key = randomHex(8);
      for (let i = 0; i < 3; i++) await attempt(key);
      expect((await attempt(`${key}-other`)).isBlocked).toBe(false);
    });

    it('are admitted again once the time told has passed, and not kept out by refused ones', async () => {
      const key = randomHex(8);
      for (let i = 0; i < 3; i++) await attempt(key);
      const { isBlocked, timeToBlockExpire } = await attempt(key);
      expect(isBlocked).toBe(true);
      expect(timeToBlockExpire).toBe(Math.ceil(windowMs / 1000));
      await elapse(timeToBlockExpire * 1000);
      expect((await attempt(key)).isBlocked).toBe(false);
    });

    it('never exceed the limit within any window, also across the edge of two', async () => {
      const key = randomHex(8);
      await attempt(key);
      await elapse(windowMs * 0.6);
      await attempt(key);
      await attempt(key);
      await elapse(windowMs * 0.6);
      // Only the first has left: a counter that starts anew at fixed edges would admit three.
      const answers = [await attempt(key), await attempt(key)];
      expect(answers.map(({ isBlocked }) => isBlocked)).toEqual([false, true]);
    });

    it('are all refused where nothing is allowed', async () => {
      expect(await attempt(randomHex(8), 0)).toMatchObject({ isBlocked: true });
    });
  });
}

const clock = new FakeClock();
describeThrottlerStorage('memory', 60_000, async () => ({
  storage: new MemoryThrottlerStorage(clock),
  elapse: async (ms) => clock.advance(ms),
}));

describe('on a real server', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'limits' });
    await eventually(() => redis.get('x'));
  });
  afterAll(() => redis.disconnect());

  describeThrottlerStorage('Redis', 1_000, async () => ({ storage: new RedisThrottlerStorage(redis), elapse: sleep }));

  it('leaves no address in a key name', async () => {
    await new RedisThrottlerStorage(redis).increment('account:ada@example.test', 5_000, 5);
    expect((await redis.keys('limit:*')).join()).not.toContain('ada');
    expect((await redis.keys('limit:*')).length).toBeGreaterThan(0);
  });
});

describe('memory that strangers fill', () => {
  it('stays bounded, and keeps whoever is still trying', async () => {
    const storage = new MemoryThrottlerStorage(clock, 100);
    const attempt = (key: string) => storage.increment(key, 60_000, 1);
    await attempt('still-trying');
    for (let i = 0; i < 500; i++) {
      await attempt(`stranger-${i}`);
      expect((await attempt('still-trying')).isBlocked).toBe(true);
    }
    expect((await attempt('stranger-0')).isBlocked).toBe(false);
  });
});

describe('while Redis is away', () => {
  it('counts in this instance, asks Redis again after a pause, and goes back to it', async () => {
    let asked = 0;
    let away = true;
    const redis: ThrottlerStorage = {
      increment: async () => {
        asked++;
        if (away) throw new SessionStoreUnavailable('away');
        return { totalHits: 42, timeToExpire: 1, isBlocked: false, timeToBlockExpire: 0 };
      },
    };
    const fake = new FakeClock();
    const storage = new FallbackThrottlerStorage(redis, new MemoryThrottlerStorage(fake), fake);
    const attempt = () => storage.increment('key', 60_000, 2, 0, 'test');
    expect([await attempt(), await attempt(), await attempt()].map((a) => a.isBlocked)).toEqual([false, false, true]);
    expect(asked).toBe(1);
    away = false;
    fake.advance(1_000);
    expect((await attempt()).totalHits).toBe(42);
  });

  it('does not hide a fault of our own', async () => {
    const broken: ThrottlerStorage = { increment: () => Promise.reject(new TypeError('bug')) };
    const storage = new FallbackThrottlerStorage(broken, new MemoryThrottlerStorage(clock), new SystemClock());
    await expect(storage.increment('key', 1, 1, 0, 'test')).rejects.toThrow(TypeError);
  });
});
