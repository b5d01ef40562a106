import { randomHex } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl } from '@gatehouse/testing';
import { MemoryIdempotencyStore } from './adapters/memory-idempotency-store.js';
import { RedisIdempotencyStore } from './adapters/redis-idempotency-store.js';
import { CLAIM_MS, type IdempotencyStore, KEEP_MS } from './idempotency-store.port.js';

const answer = { body: { user: { id: 7, name: null } } };

interface StoreUnderTest {
  readonly store: IdempotencyStore;
  /** Lets a claim or an answer grow old, in the store's own time. */
  readonly age: (key: string, ms: number) => Promise<void>;
}

/** What every `IdempotencyStore` owes. */
function describeIdempotencyStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`IdempotencyStore: ${name}`, () => {
    let store: IdempotencyStore;
    let age: StoreUnderTest['age'];
    const aKey = () => randomHex(8);

    beforeAll(async () => {
      ({ store, age } = await make());
    });

    async function begun(key: string): Promise<string> {
      const beginning = await store.begin(key, 'this');
      if (beginning.kind !== 'begun') throw new Error(beginning.kind);
      return beginning.claim;
    }

    it('lets one of many at once begin', async () => {
      const key = aKey();
      const kinds = (await Promise.all(Array.from({ length: 50 }, () => store.begin(key, 'this')))).map((b) => b.kind);
      expect(kinds.filter((kind) => kind === 'begun')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'running')).toHaveLength(49);
    });

    it('repeats the answer once there is one', async () => {
      const key = aKey();
      await store.finish(key, await begun(key), answer);
      expect(await store.begin(key, 'this')).toEqual({ kind: 'finished', answer });
    });

    it('tells another request under the same key, before and after the answer', async () => {
      const key = aKey();
      const claim = await begun(key);
      expect(await store.begin(key, 'other')).toEqual({ kind: 'other-request' });
      await store.finish(key, claim, answer);
      expect(await store.begin(key, 'other')).toEqual({ kind: 'other-request' });
    });

    it('frees the key after a failure', async () => {
      const key = aKey();
      await store.abandon(key, await begun(key));
      expect(await store.begin(key, 'other')).toMatchObject({ kind: 'begun' });
    });

    it('gives up a claim nobody finished, and then listens to the new holder only', async () => {
      const key = aKey();
      const late = await begun(key);
      await age(key, CLAIM_MS + 1);
      const claim = await begun(key);
      await store.finish(key, late, { body: 'late' });
      await store.abandon(key, late);
      expect(await store.begin(key, 'this')).toEqual({ kind: 'running' });
      await store.finish(key, claim, answer);
      expect(await store.begin(key, 'this')).toEqual({ kind: 'finished', answer });
    });

    it('keeps the answer for a day, whatever became of the claim’s time', async () => {
      const key = aKey();
      await store.finish(key, await begun(key), answer);
      await age(key, CLAIM_MS + 1);
      expect(await store.begin(key, 'this')).toEqual({ kind: 'finished', answer });
      await age(key, KEEP_MS);
      expect(await store.begin(key, 'this')).toMatchObject({ kind: 'begun' });
    });

    it('does nothing for a key nobody began', async () => {
      const key = aKey();
      await store.finish(key, 'nobody', answer);
      expect(await store.begin(key, 'this')).toMatchObject({ kind: 'begun' });
    });
  });
}

describeIdempotencyStore('memory', async () => {
  const clock = new FakeClock();
  return { store: new MemoryIdempotencyStore(clock), age: async (_key, ms) => clock.advance(ms) };
});

describe('on a real server', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'idempotency' });
    await eventually(() => redis.get('x'));
  });
  afterAll(() => redis.disconnect());

  describeIdempotencyStore('Redis', async () => ({
    store: new RedisIdempotencyStore(redis),
    // Takes the span off what is left, as if it had passed.
    age: async (key, ms) => {
      const left = await redis.pttl(`idempotency:${key}`);
      await redis.pexpire(`idempotency:${key}`, Math.max(0, left - ms));
    },
  }));
});
