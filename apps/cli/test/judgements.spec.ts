import { parseRedisSettings } from '@gatehouse/redis';
import { checkProtection } from '../src/doctor/adapters/redis-server.check.js';
import { judgeClock } from '../src/doctor/clock.check.js';
import { keepMs, longestTokenSeconds } from '../src/revoke/lifetimes.js';
import { isLoopback } from '../src/doctor/loopback.js';

const protectionOf = (env: Record<string, string>) => {
  const { settings } = parseRedisSettings(env);
  if (!settings) throw new Error('no Redis');
  return checkProtection(settings).flatMap((one) => one?.code ?? []);
};

describe('what the doctor makes of what it sees', () => {
  it.each([
    ['redis.internal:6379', ['REDIS_NO_PASSWORD', 'REDIS_PLAINTEXT']],
    ['redis://:s3cret@redis.internal', ['REDIS_PLAINTEXT']],
    ['rediss://:s3cret@redis.internal', []],
    ['rediss://redis.internal', ['REDIS_NO_PASSWORD']],
    ['127.0.0.1:6379', ['REDIS_OPEN_ON_LOOPBACK']],
    ['redis://:s3cret@localhost', []],
  ])('wants a password and TLS where a connection leaves the machine: %s', (REDIS_URL, codes) => {
    expect(protectionOf({ REDIS_URL })).toEqual(codes);
  });

  it('wants them of every node of a cluster, and towards sentinels', () => {
    expect(protectionOf({ REDIS_CLUSTER_NODES: '127.0.0.1:7000,redis.internal:7000' })).toContain('REDIS_PLAINTEXT');
    const sentinels = { REDIS_SENTINELS: 'a.internal,b.internal', REDIS_SENTINEL_MASTER: 'main' };
    expect(protectionOf(sentinels)).toContain('REDIS_NO_PASSWORD');
  });

  it.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', 'redis.localhost'])(
    'takes %s for this machine',
    (host) => expect(isLoopback(host)).toBe(true),
  );

  it.each(['redis', '10.0.0.1', '127.0.0.1.evil.test', 'localhost.evil.test', '::2'])(
    'does not take %s for it',
    (host) => expect(isLoopback(host)).toBe(false),
  );

  const judged = (aheadMs: number, grainMs = 1) =>
    judgeClock('Redis', { beforeMs: 1_000_000, afterMs: 1_000_010, theirsMs: 1_000_000 + aheadMs }, grainMs, 30)?.code;

  it('forgives the time a question takes, and the grain of the clock', () => {
    expect([judged(0), judged(10), judged(1_000), judged(-999)]).toEqual([undefined, undefined, undefined, undefined]);
    expect([judged(-1_900, 1_000), judged(-1_900)]).toEqual([undefined, 'CLOCK_DRIFT']);
  });

  it('keeps a revocation as long as any token may live, and longest when it cannot know', () => {
    expect(longestTokenSeconds(60, 900)).toBe(900);
    expect(longestTokenSeconds(3_600, 900)).toBe(3_600);
    expect(longestTokenSeconds(undefined, 900)).toBe(900);
    expect(longestTokenSeconds(undefined, undefined)).toBe(43_200);
    expect(keepMs(43_200)).toBe(43_320_000);
  });

  it('warns from a second on, and refuses beyond what services forgive', () => {
    expect([judged(1_500), judged(-1_500)]).toEqual(['CLOCK_DRIFT', 'CLOCK_DRIFT']);
    expect([judged(30_500), judged(-30_500)]).toEqual(['CLOCK_SKEW', 'CLOCK_SKEW']);
  });
});
