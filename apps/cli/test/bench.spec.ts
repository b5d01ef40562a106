import { FEED_STREAM_KEY } from '@gatehouse/contracts';
import { type RedisServer, startRedis } from '@gatehouse/testing';
import type { BenchReport } from '../src/bench/bench-lines.js';
import { FeedWriter } from './harness/feed-writer.js';
import { gatehouse, start } from './harness/gatehouse.js';

describe('bench', () => {
  let redis: RedisServer;
  let writer: FeedWriter;

  beforeAll(async () => {
    redis = await startRedis();
    writer = await FeedWriter.begin(redis.url);
  });
  afterAll(async () => {
    await writer.close();
    await redis.stop();
  });

  const entries = async () => {
    const log = (await redis.command('XRANGE', FEED_STREAM_KEY, '-', '+')) as [string, string[]][];
    return log.flatMap(([, fields]) => (fields.includes('entry') ? [fields.at(-1) ?? ''] : []));
  };

  it('measures the library alone, and writes nothing, when told so', async () => {
    const before = await entries();
    const args = ['bench', '--seconds', '1', '--entries', '1000', '--no-feed', '--json'];
    const ended = await gatehouse(args, { REDIS_URL: redis.url });
    expect(ended.code).toBe(0);
    const report = ended.json<BenchReport>();
    // A verified token is remembered: seeing it again costs a fraction of the signature.
    expect(report.warm.ratio).toBeLessThan(0.5);
    expect(report.firstSight.ratio).toBeGreaterThan(0.5);
    expect(report.control.ratio).toBeGreaterThan(0.5);
    expect(report.control.ratio).toBeLessThan(2);
    expect(report.propagation).toBeNull();
    expect(await entries()).toEqual(before);
    expect(ended.tookMs).toBeLessThan(15_000);
  });

  it('measures the way of a revocation over the feed, with entries that are soon forgotten', async () => {
    const ended = await gatehouse(['bench', '--seconds', '2', '--entries', '0'], { REDIS_URL: redis.url });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /revocation, written → enforced {4}p50 [\d.]+ ms, p99 [\d.]+ ms over \d+; [\d.]+ x a bare message/,
    );
    expect(ended.stdout).toMatch(/repeat before believing|do not believe this run/);
    const written = (await entries()).map((text) => JSON.parse(text) as { scope: string; untilMs: number });
    expect(written.length).toBeGreaterThan(4);
    expect(new Set(written.map(({ scope }) => scope))).toEqual(new Set(['jti']));
    expect(Math.max(...written.map(({ untilMs }) => untilMs))).toBeLessThan(Date.now() + 61_000);
  });

  it('ends at once on Ctrl-C, however long it was to take', async () => {
    const running = start(['bench', '--seconds', '60', '--no-feed'], { REDIS_URL: redis.url });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const askedAtMs = performance.now();
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(2);
    // Of 60 s; on a busy machine the end of one slice of its work may be some seconds away.
    expect(performance.now() - askedAtMs).toBeLessThan(20_000);
  });

  it('begins nothing in a log that no auth service has begun', async () => {
    const empty = await startRedis();
    const ended = await gatehouse(['bench', '--seconds', '1', '--entries', '0'], { REDIS_URL: empty.url });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('not measured: the feed does not answer, or is empty');
    expect(await empty.command('KEYS', '*')).toEqual([]);
    await empty.stop();
  });
});
