import { SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl, sleep, startRedis, startRedisCluster } from '@gatehouse/testing';
import fc from 'fast-check';
import type { Limit } from '../limit.js';
import { describeRateLimiter } from '../testing/index.js';
import { RedisRateLimiter } from './index.js';

const opened: RedisConnection[] = [];
async function connectTo(env: Record<string, string>): Promise<RedisConnection> {
  const redis = connectRedis(parseRedisSettings(env).settings!, { name: 'rate-limit-spec' });
  opened.push(redis);
  await eventually(() => redis.get('x'), { timeoutMs: 15_000 });
  return redis;
}
afterAll(() => opened.forEach((redis) => redis.disconnect()));

const limitsOf = (key: string): Limit[] => [
  { kind: 'sliding-window', policy: 'account', key, limit: 5, windowMs: 5_000 },
  { kind: 'token-bucket', policy: 'route', key, limit: 5, windowMs: 5_000 },
  { kind: 'growing-delay', policy: 'delay', key, free: 3, firstMs: 1_000, maxMs: 2_000, forgetMs: 5_000 },
];

describeRateLimiter('Redis', async () => {
  const redis = await connectTo({ REDIS_URL: await sharedRedisUrl() });
  // Redis counts by its own clock: a token comes back each 120 ms, which a busy machine does not lose between two requests.
  return { limiter: new RedisRateLimiter(redis), elapse: (ms) => sleep(ms + 2), spanMs: 600 };
});

describe('on one Redis', () => {
  it('has no address in a key, and no key without an end', async () => {
    const server = await startRedis();
    const limiter = new RedisRateLimiter(await connectTo({ REDIS_URL: server.url }));
    await limiter.take('account:ada@example.test', limitsOf('ada@example.test'));
    const { marks } = await limiter.take('account:ada@example.test', limitsOf('ada@example.test'));
    await limiter.withdraw('account:ada@example.test', limitsOf('ada@example.test')[2] as never, marks[2]!);
    const keys = (await server.command('KEYS', '*')) as string[];
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(key).toMatch(/^limit:\{[\w-]{43}\}:[\w-]{43}$/);
      const endsInMs = Number(await server.command('PTTL', key));
      expect(endsInMs).toBeGreaterThan(0);
      expect(endsInMs).toBeLessThanOrEqual(7_000);
    }
    await server.kill();
  });

  it('names its outage', async () => {
    const server = await startRedis();
    const limiter = new RedisRateLimiter(await connectTo({ REDIS_URL: server.url }));
    await limiter.take('g', limitsOf('k'));
    await server.kill();
    await expect(limiter.take('g', limitsOf('k'))).rejects.toBeInstanceOf(SessionStoreUnavailable);
  });
});

describe('instances that share a Redis', () => {
  it('together never admit more than the limit in any window, whatever the order of attempts (I10)', async () => {
    const url = await sharedRedisUrl();
    const instances = await Promise.all([1, 2, 3].map(() => connectTo({ REDIS_URL: url })));
    const limiters = instances.map((redis) => new RedisRateLimiter(redis));
    const attempt = fc.record({ at: fc.nat(2), pauseMs: fc.constantFrom(0, 0, 0, 5, 15, 40) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(attempt, { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (plan, limit) => {
          const key = randomHex(8);
          const windowMs = 60;
          const admittedAtMs: number[] = [];
          const bucketAtMs: number[] = [];
          await Promise.all(
            plan.map(async ({ at, pauseMs }, index) => {
              await sleep(pauseMs + (index % 4) * 10);
              const kinds = ['sliding-window', 'token-bucket'] as const;
              for (const kind of kinds) {
                const verdict = await limiters[at]!.take(key, [{ kind, policy: kind, key, limit, windowMs }]);
                if (verdict.admitted) (kind === 'sliding-window' ? admittedAtMs : bucketAtMs).push(verdict.atMs);
              }
            }),
          );
          for (const from of admittedAtMs) {
            expect(admittedAtMs.filter((atMs) => atMs >= from && atMs < from + windowMs).length).toBeLessThanOrEqual(
              limit,
            );
          }
          for (const from of bucketAtMs) {
            const within = (spanMs: number) =>
              bucketAtMs.filter((atMs) => atMs >= from && atMs <= from + spanMs).length;
            for (const spanMs of [0, 10, windowMs]) {
              expect(within(spanMs)).toBeLessThanOrEqual(limit + (spanMs * limit) / windowMs + 0.001);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('on a Redis Cluster', () => {
  it('limits that are taken together lie on one slot', async () => {
    const cluster = await startRedisCluster();
    const limiter = new RedisRateLimiter(await connectTo({ REDIS_CLUSTER_NODES: cluster.addresses.join(',') }));
    for (let i = 0; i < 30; i++) {
      const verdict = await eventually(() => limiter.take(`group-${i}`, limitsOf(`key-${i}`)));
      expect(verdict.admitted).toBe(true);
    }
    await cluster.kill();
  }, 60_000);
});
