import { eventually, startRedisSentinel, type RedisSentinel } from '@gatehouse/testing';
import { Redis } from 'ioredis';
import { configFromEnvironment } from '../src/index.js';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';
import { Witness } from './witness.js';

describe('behind Sentinels, given by two environment variables', () => {
  let set: RedisSentinel;
  let truth: Truth;
  let beating: NodeJS.Timeout | undefined;
  const witnesses: Witness[] = [];

  beforeEach(async () => {
    set = await startRedisSentinel();
    truth = new Truth(await writerOn(await set.primaryPort()));
  });
  afterEach(async () => {
    clearInterval(beating);
    await Promise.all(witnesses.splice(0).map((each) => each.close()));
    truth.writer.close();
    await set.kill();
  });

  const writerOn = async (port: number) => {
    const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => null });
    return new RedisWriter(redis);
  };
  const witness = () => {
    const joined = new Witness(
      configFromEnvironment({
        REDIS_SENTINELS: set.sentinels.map(({ host, port }) => `${host}:${port}`).join(),
        REDIS_SENTINEL_MASTER: set.masterName,
      }),
    );
    witnesses.push(joined);
    return joined;
  };
  const moveWriter = async (port: number) => {
    truth.writer.close();
    truth = truth.continuedOn(await writerOn(port));
  };

  it('F4: keeps refusing what a failover made Redis forget, and is the truth once the log is filled again', async () => {
    const joined = witness();
    await truth.revoke(20);
    await truth.writer.beat();
    await joined.equals(truth);
    const primary = await set.primaryPort();
    await set.holdReplication();
    const lost = await truth.revoke(20);
    await joined.equals(truth);

    await set.killOne(primary);
    await moveWriter(await set.failedOver(primary));
    // The new primary never heard of them; the writer has not noticed yet and goes on in the same epoch.
    expect(await truth.writer.command('XLEN', 'rev:log')).toBe(21);
    await truth.revoke();
    await joined.equals(truth);
    // The notice of a revocation is applied at once, and that it did not follow what we hold is looked into afterwards.
    await eventually(() => expect(joined.validator.metrics().feedRestarts).toBeGreaterThan(0));
    joined.holds(lost);

    await truth.refill();
    const late = witness();
    await Promise.all([joined.equals(truth), late.equals(truth)]);
    beating = setInterval(() => void truth.writer.beat().catch(() => undefined), 200);
    await eventually(() => expect([joined.isFresh, late.isFresh]).toEqual([true, true]));
  });

  it('follows to the new primary when the old one only stands still, and is not misled when that wakes up', async () => {
    const joined = witness();
    await truth.revoke(20);
    await truth.writer.beat();
    await joined.equals(truth);
    const primary = await set.primaryPort();
    set.pause(primary);
    await moveWriter(await set.failedOver(primary));
    await truth.revoke(20);
    await joined.equals(truth);
    set.resume(primary);
    beating = setInterval(() => void truth.writer.beat().catch(() => undefined), 200);
    await truth.revoke(20);
    await joined.equals(truth);
    await eventually(() => expect(joined.isFresh).toBe(true));
  });

  it('asks the next Sentinel when one accepts connections and answers nothing', async () => {
    await truth.revoke(3);
    await truth.writer.beat();
    const [first] = set.sentinels;
    if (!first) throw new Error('no Sentinel');
    set.pause(first.port);
    await witness().equals(truth, 5_000);
    set.resume(first.port);
  });
});
