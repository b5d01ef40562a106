import { eventually, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { FeedLedger } from '../src/core/feed/feed-ledger.js';
import { systemTime } from '../src/core/time.js';
import { createSessionValidator, type SessionValidator } from '../src/index.js';
import { RedisFeed, RedisLink } from '../src/redis/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import { anEntry, describeFeed } from './feed.conformance.js';
import { RedisWriter } from './redis-writer.js';
import { Wire } from './wire.js';

const quiet = () => undefined;
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.kill());
beforeEach(() => redis.flush());

describeFeed('Redis', async () => {
  const writer = new RedisWriter(redis.url);
  const wire = new Wire(redis.port);
  await wire.heal();
  return {
    newFeed: () => new RedisFeed(new RedisLink(`redis://${wire.address}`, quiet), systemTime),
    append: async (entry, options) => void (await writer.append(entry, options)),
    beat: async () => void (await writer.beat()),
    appendUnreadable: () => writer.appendUnreadable(),
    loseEverything: () => writer.loseEverything(),
    beginNewLife: () => writer.beginNewLife(),
    trim: (keep) => writer.trim(keep),
    cut: () => wire.cut(),
    heal: () => wire.heal(),
    holdUp: () => wire.swallow(),
    close: async () => {
      writer.close();
      await wire.cut();
    },
  };
});

describe('following a real Redis through faults', () => {
  let writer: RedisWriter;
  let beating: NodeJS.Timeout | undefined;
  const feeds: RedisFeed[] = [];

  beforeEach(() => {
    writer = new RedisWriter(redis.url);
  });
  afterEach(async () => {
    clearInterval(beating);
    writer.close();
    await Promise.all(feeds.splice(0).map((feed) => feed.close()));
  });

  const beat = () => {
    beating = setInterval(() => void writer.beat().catch(quiet), 200);
  };
  const follow = async (url = redis.url) => {
    await writer.beat();
    const seen = new Set<string>();
    const ledger = new FeedLedger(systemTime, ({ value }) => seen.add(value));
    const warnings: string[] = [];
    const feed = new RedisFeed(new RedisLink(url, (text) => warnings.push(text)), systemTime);
    feeds.push(feed);
    feed.start(ledger);
    await eventually(() => expect(ledger.isComplete).toBe(true));
    return { ledger, seen, warnings, feed };
  };
  const appendMany = async (count: number, onEach: (i: number) => Promise<unknown> = async () => undefined) => {
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      const entry = anEntry();
      await writer.append(entry);
      values.push(entry.value);
      await onEach(i);
    }
    return values;
  };

  it('F10: loses nothing while its subscription is killed again and again', async () => {
    const { seen, ledger } = await follow();
    const values = await appendMany(2_000, async (i) => {
      if (i % 100 === 50) await writer.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    });
    await eventually(() => expect(seen.size).toBe(values.length));
    beat();
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000));
  });

  it('loses nothing while all its connections are killed again and again', async () => {
    const { seen } = await follow();
    const values = await appendMany(1_000, async (i) => {
      if (i % 100 === 50) await writer.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      if (i % 100 === 75) await writer.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    });
    await eventually(() => expect(seen.size).toBe(values.length));
  });

  it('finds by itself what was never announced', async () => {
    const { seen } = await follow();
    const entry = anEntry();
    await writer.append(entry, { told: false });
    await eventually(() => expect(seen).toContain(entry.value), { timeoutMs: 4_000 });
  });

  it('stays current on the log alone when nothing is ever announced', async () => {
    const { ledger } = await follow();
    const silent = setInterval(() => void writer.append(undefined, { told: false }).catch(quiet), 200);
    await sleep(4_500);
    const ages: number[] = [];
    for (let i = 0; i < 10; i++) {
      ages.push(ledger.ageMs());
      await sleep(250);
    }
    clearInterval(silent);
    expect(Math.max(...ages)).toBeLessThan(5_000);
  });

  it('F3: goes on after Redis came back empty, and keeps what it knew', async () => {
    const { seen, ledger, warnings } = await follow();
    const [before, after] = [anEntry(), anEntry()];
    await writer.append(before);
    await eventually(() => expect(seen).toContain(before.value));
    const oldEpoch = ledger.epoch;
    await redis.kill();
    await eventually(() => expect(warnings).toHaveLength(1));
    await redis.startEmpty();
    writer.beginNewLife();
    await writer.append(after);
    await writer.beat();
    await eventually(() => expect(seen).toContain(after.value));
    await eventually(() => expect(ledger.epoch).not.toBe(oldEpoch));
    beat();
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000));
    expect(warnings.join()).not.toContain('127.0.0.1');
  });

  it('F2: catches up after Redis was stopped and started with its data', async () => {
    const { seen, ledger } = await follow();
    const epoch = ledger.epoch;
    await redis.stop();
    await sleep(500);
    expect(ledger.ageMs()).toBeGreaterThanOrEqual(500);
    await redis.start();
    const entry = anEntry();
    await writer.append(entry);
    await eventually(() => expect(seen).toContain(entry.value));
    expect(ledger.epoch).toBe(epoch);
  });

  it('F4: reads again from the start when the log went back to before its place', async () => {
    const { seen, ledger } = await follow();
    const kept = await writer.append(anEntry());
    const lost = anEntry();
    await writer.append(lost);
    await eventually(() => expect(seen).toContain(lost.value));
    await writer.rollBackTo(kept);
    const next = anEntry();
    await writer.append(next);
    await eventually(() => expect(seen).toContain(next.value));
    await eventually(() => expect(ledger.restarts).toBeGreaterThan(0), { timeoutMs: 4_000 });
    beat();
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000));
  });

  it('F8: sees within seconds that Redis swallows everything, and is back when it does not', async () => {
    const wire = new Wire(redis.port);
    await wire.heal();
    const { seen, ledger, feed } = await follow(`redis://${wire.address}`);
    beat();
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000));
    wire.swallow();
    const entry = anEntry();
    await writer.append(entry);
    await sleep(3_500);
    expect(ledger.ageMs()).toBeGreaterThan(3_000);
    await wire.heal();
    await eventually(() => expect(seen).toContain(entry.value));
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000), { timeoutMs: 10_000 });
    await feed.close();
    await wire.cut();
  });

  it('F8: replaces a subscription that went silent while the rest works', async () => {
    const wire = new Wire(redis.port);
    await wire.heal();
    const { seen, feed } = await follow(`redis://${wire.address}`);
    beat();
    await sleep(500);
    wire.swallowCurrent();
    await sleep(6_000);
    const entry = anEntry();
    const startedAt = performance.now();
    await writer.append(entry);
    await eventually(() => expect(seen).toContain(entry.value), { everyMs: 1 });
    // Announced, not found by the periodic reading.
    expect(performance.now() - startedAt).toBeLessThan(500);
    await feed.close();
    await wire.cut();
  });

  it('F40: takes a refusal by Redis for no news, not for good news', async () => {
    const { seen, ledger, warnings } = await follow();
    beat();
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000));
    // From now on only who shows the password may ask; the feed has none.
    await writer.command('CONFIG', 'SET', 'requirepass', 'a-new-password');
    await writer.command('AUTH', 'a-new-password');
    for (const type of ['normal', 'pubsub']) await writer.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    const entry = anEntry();
    await writer.append(entry);
    await sleep(2_500);
    expect(seen).not.toContain(entry.value);
    expect(ledger.ageMs()).toBeGreaterThan(2_000);
    expect(warnings).not.toHaveLength(0);
    await writer.command('CONFIG', 'SET', 'requirepass', '');
    await eventually(() => expect(seen).toContain(entry.value), { timeoutMs: 10_000 });
    await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_000), { timeoutMs: 10_000 });
  });

  it('brings an entry to where it is enforced within 100 ms, 99 times in 100', async () => {
    const { seen } = await follow();
    const lags: number[] = [];
    for (let i = 0; i < 200; i++) {
      const entry = anEntry();
      const startedAt = performance.now();
      await writer.append(entry);
      await eventually(() => expect(seen.has(entry.value)).toBe(true), { everyMs: 1 });
      lags.push(performance.now() - startedAt);
    }
    lags.sort((a, b) => a - b);
    expect(lags[Math.floor(lags.length * 0.99)]).toBeLessThan(100);
  });
});

it('a connection that listens again tells so, though the one that asks was never lost: what was told meanwhile is to be read', async () => {
  const link = new RedisLink(redis.url, quiet);
  let connected = 0;
  link.open({ connected: () => (connected += 1), message: quiet });
  await eventually(() => expect(connected).toBe(2));
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await eventually(() => expect(connected).toBe(3));
  await link.close();
});

describe('a validator with two settings', () => {
  let writer: RedisWriter;
  const validators: SessionValidator[] = [];
  beforeEach(() => {
    writer = new RedisWriter(redis.url);
  });
  afterEach(async () => {
    writer.close();
    await Promise.all(validators.splice(0).map((each) => each.close()));
  });
  const validatorOf = (trustAnchor: string) => {
    const validator = createSessionValidator({ redisUrl: redis.url, trustAnchor, warn: quiet });
    validators.push(validator);
    return validator;
  };

  it('accepts nothing before keys and feed are there, and everything good after', async () => {
    const issuer = createTestIssuer();
    const validator = validatorOf(issuer.trustAnchor);
    expect(validator.check(issuer.token())).toMatchObject({ reason: 'FEED_STALE' });
    await writer.publishBundle(issuer.keyBundle());
    expect(await validator.ready(300)).toBe(false);
    expect(validator.check(issuer.token())).toMatchObject({ reason: 'FEED_STALE' });
    await writer.beat();
    expect(await validator.ready()).toBe(true);
    expect(validator.check(issuer.token()).ok).toBe(true);
  });

  it('starts and judges long after the writer has gone silent', async () => {
    const issuer = createTestIssuer();
    const ended = issuer.claims();
    await writer.setBundleSilently(issuer.keyBundle());
    await writer.append(anEntry({ value: ended.sid }));
    await writer.beat();
    writer.close();
    const validator = validatorOf(issuer.trustAnchor);
    expect(await validator.ready()).toBe(true);
    expect(validator.check(issuer.token(ended))).toMatchObject({ reason: 'SESSION_REVOKED' });
    expect(validator.check(issuer.token()).ok).toBe(true);
    // Complete, but no proof that it is up to date: strict routes wait for one.
    expect(validator.check(issuer.token(), { freshness: 'closed' })).toMatchObject({ reason: 'FEED_STALE' });
    expect(validator.health().feed.state).toBe('stale');
  });

  it('follows key rotation by announcement, and by asking when the announcement was lost', async () => {
    const issuer = createTestIssuer();
    await writer.publishBundle(issuer.keyBundle());
    await writer.beat();
    const validator = validatorOf(issuer.trustAnchor);
    await validator.ready();
    issuer.rotate();
    await writer.publishBundle(issuer.keyBundle());
    await eventually(() => expect(validator.health().keys.version).toBe(2));
    issuer.rotate();
    await writer.setBundleSilently(issuer.keyBundle());
    expect((await validator.validateAccessToken(issuer.token())).ok).toBe(true);
  });

  it('trusts no bundle that somebody else put into Redis', async () => {
    const [issuer, intruder] = [createTestIssuer(), createTestIssuer()];
    await writer.publishBundle(issuer.keyBundle());
    await writer.beat();
    const validator = validatorOf(issuer.trustAnchor);
    await validator.ready();
    await writer.publishBundle(intruder.keyBundle({ ver: 99 }));
    await eventually(() => expect(validator.metrics().keyDocumentsRefused).toBe(1));
    expect(validator.check(intruder.token()).ok).toBe(false);
    expect(validator.check(issuer.token()).ok).toBe(true);
  });

  it('lets a process end: nothing is left open after close', async () => {
    const issuer = createTestIssuer();
    await writer.publishBundle(issuer.keyBundle());
    await writer.beat();
    const validator = validatorOf(issuer.trustAnchor);
    await validator.ready();
    await validator.close();
    const clients = async () => String(await redis.command('CLIENT', 'LIST'));
    await eventually(async () => expect(await clients()).not.toContain('session-validator'));
  });
});
