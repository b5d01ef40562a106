import { randomHex, SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl } from '@gatehouse/testing';
import fc from 'fast-check';
import type { GrowingDelay, Limit } from './limit.js';
import { MemoryRateLimiter } from './memory/index.js';
import type { RateLimiter } from './rate-limiter.port.js';
import { RedisRateLimiter } from './redis/index.js';

const HOUR_MS = 3_600_000;

type Move = [kind: number, keys: number[], limit: number];

/** Plays moves on a limiter for which no time to speak of passes, and tells what it answered. */
async function play(limiter: RateLimiter, group: string, moves: readonly Move[]): Promise<unknown[]> {
  const told: unknown[] = [];
  const charged: [GrowingDelay, string][] = [];
  const delayFor = (key: number): GrowingDelay => ({
    kind: 'growing-delay',
    policy: 'delay',
    key: String(key),
    free: 2,
    firstMs: HOUR_MS,
    maxMs: 8 * HOUR_MS,
    forgetMs: 24 * HOUR_MS,
  });
  for (const [kind, keys, limit] of moves) {
    if (kind === 0) await limiter.forgive(group, delayFor(limit));
    else if (kind === 1) {
      const [delay, mark] = charged.pop() ?? [delayFor(0), '0'];
      await limiter.withdraw(group, delay, mark);
    } else {
      const limits = keys.map((key): Limit => {
        if (key < 3) return { kind: 'sliding-window', policy: 'w', key: String(key), limit, windowMs: HOUR_MS };
        if (key < 6) return { kind: 'token-bucket', policy: 'b', key: String(key), limit, windowMs: HOUR_MS };
        return delayFor(key);
      });
      const { admitted, readings, marks } = await limiter.take(group, limits);
      limits.forEach((asked, index) => {
        if (admitted && asked.kind === 'growing-delay') charged.push([asked, marks[index]!]);
      });
      // To the nearest minute: the wall clock of the one moves on a little.
      const minutes = (ms: number) => Math.round(ms / 60_000);
      told.push([
        admitted,
        readings.map((r) => [r.policy, r.limit, r.remaining, minutes(r.resetMs), minutes(r.waitMs)]),
      ]);
    }
  }
  return told;
}

describe('memory and Redis', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'agree-spec' });
    await eventually(() => redis.get('x'));
  });
  afterAll(() => redis.disconnect());

  it('tell the same story for any sequence of moves', async () => {
    const move: fc.Arbitrary<Move> = fc.tuple(
      fc.nat(7),
      fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 5 }),
      // Each divides an hour into whole minutes.
      fc.nat(6),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
        const group = randomHex(8);
        const memory = await play(new MemoryRateLimiter(new FakeClock(new SystemClock().nowMs())), group, moves);
        expect(await play(new RedisRateLimiter(redis), group, moves)).toEqual(memory);
      }),
      { numRuns: 150 },
    );
  });
});
