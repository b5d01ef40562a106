import type { RevocationEntry } from '@gatehouse/contracts';
import { eventually, startRedis } from '@gatehouse/testing';
import { FeedLedger } from '../src/core/feed/feed-ledger.js';
import type { RevocationFeed } from '../src/core/feed/feed.port.js';
import { LogChain } from '../src/core/feed/log-chain.js';
import { systemTime } from '../src/core/time.js';
import { RedisFeed, RedisLink } from '../src/redis/index.js';
import { SseFeed } from '../src/sse/index.js';
import { anEntry } from './feed.conformance.js';
import { RedisWriter } from './redis-writer.js';
import { SseServer } from './sse-server.js';

/** As long as a record matters where tokens live 15 minutes: nothing here becomes whole by waiting. */
const MATTERS_MS = 930_000;
const quiet = () => undefined;

interface Log {
  newFeed(): RevocationFeed;
  beat(): Promise<void>;
  /** Two records that name the same one before them. */
  fork(entries: readonly [RevocationEntry, RevocationEntry]): Promise<void>;
  close(): Promise<void>;
}

async function overRedis(): Promise<Log> {
  const redis = await startRedis();
  const writer = new RedisWriter(redis.url);
  return {
    newFeed: () => new RedisFeed(new RedisLink(redis.url, quiet), systemTime),
    beat: async () => void (await writer.beat()),
    fork: async ([first, second]) => void (await writer.appendForked(second, await writer.append(first))),
    close: async () => {
      writer.close();
      await redis.kill();
    },
  };
}

async function overEvents(): Promise<Log> {
  const server = new SseServer();
  await server.listen();
  return {
    newFeed: () => new SseFeed(`http://127.0.0.1:${server.port}/api/v1/revocations/stream`, 't', systemTime, quiet),
    beat: async () => void server.append(undefined),
    fork: async ([first, second]) => {
      server.append(first);
      server.appendForked(second);
    },
    close: () => server.close(),
  };
}

describe.each([
  ['Redis', overRedis],
  ['server-sent events', overEvents],
])('a log over %s in which two records name the same one before them', (_name, open) => {
  let log: Log;
  let beating: NodeJS.Timeout;
  const feeds: RevocationFeed[] = [];

  beforeEach(async () => {
    log = await open();
    await log.beat();
    beating = setInterval(() => void log.beat().catch(quiet), 200);
  });
  afterEach(async () => {
    clearInterval(beating);
    await Promise.all(feeds.splice(0).map((feed) => feed.close()));
    await log.close();
  });

  const follow = () => {
    const seen = new Set<string>();
    const ledger = new FeedLedger(
      systemTime,
      ({ value }) => seen.add(value),
      () => MATTERS_MS,
    );
    const feed = log.newFeed();
    feeds.push(feed);
    feed.start(ledger);
    return { ledger, seen };
  };

  it('lacks nothing: who follows it stays fresh, and who comes later becomes ready', async () => {
    const before = follow();
    await eventually(() => expect(before.ledger.isComplete).toBe(true));
    const entries = [anEntry(), anEntry()] as const;
    await log.fork(entries);
    const after = follow();
    for (const { ledger, seen } of [before, after]) {
      await eventually(() => expect([...seen]).toEqual(entries.map(({ value }) => value)), { timeoutMs: 5_000 });
      await eventually(() => expect(ledger.isComplete).toBe(true), { timeoutMs: 5_000 });
    }
    // Proofs that were given before the fork have grown old by then.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const { ledger } of [before, after]) await eventually(() => expect(ledger.ageMs()).toBeLessThan(2_500));
  });
});

describe('a chain of records', () => {
  const chainOf = (...records: readonly (readonly [position: string, previous: string])[]) => {
    const chain = new LogChain(() => MATTERS_MS);
    for (const [position, previous] of records) chain.stepTo(position, previous);
    return chain;
  };

  it('is whole when a record names one that was read before the last', () => {
    expect(chainOf(['1-0', '0-0'], ['2-0', '1-0'], ['3-0', '1-0'], ['4-0', '3-0']).isWhole).toBe(true);
  });

  it('lacks what cannot be told where it lies', () => {
    expect(chainOf(['1-0', '0-0'], ['2-0', 'nowhere'], ['3-0', '2-0']).isWhole).toBe(false);
  });

  it('lacks what a record names that was not read, whatever an older one after it names', () => {
    expect(chainOf(['1-0', '0-0'], ['3-0', '2-0'], ['4-0', '3-0']).isWhole).toBe(false);
    expect(chainOf(['1-0', '0-0'], ['3-0', '2-0'], ['4-0', '1-0']).isWhole).toBe(false);
    // The log begins with it, so nobody has read what lies before, and an older name does not change that.
    expect(chainOf(['3-0', '2-0'], ['4-0', '1-0']).isWhole).toBe(false);
  });
});
