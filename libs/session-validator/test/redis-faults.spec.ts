import { eventually, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';
import { Wire } from './wire.js';
import { Witness } from './witness.js';

describe('the list of a validator is the truth again after', () => {
  let redis: RedisServer;
  let wire: Wire;
  let truth: Truth;
  let beating: NodeJS.Timeout | undefined;
  const witnesses: Witness[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());
  beforeEach(async () => {
    await redis.flush();
    wire = new Wire(redis.port);
    await wire.heal();
    truth = new Truth(new RedisWriter(redis.url));
  });
  afterEach(async () => {
    clearInterval(beating);
    await Promise.all(witnesses.splice(0).map((each) => each.close()));
    await wire.cut();
    truth.writer.close();
  });

  const beat = () => {
    beating = setInterval(() => void truth.writer.beat().catch(() => undefined), 200);
  };
  const witness = () => {
    const joined = new Witness({ redisUrl: `redis://${wire.address}` });
    witnesses.push(joined);
    return joined;
  };
  /** One that holds the truth so far and listens. */
  const followed = async () => {
    await truth.revoke(3);
    await truth.writer.beat();
    const joined = witness();
    await joined.equals(truth);
    await truth.revoke();
    await joined.equals(truth);
    return joined;
  };
  const clients = async () => String(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'));

  it('a cut of all its connections', async () => {
    const joined = await followed();
    for (let i = 0; i < 3; i++) {
      await wire.cut();
      await truth.revoke(20);
      await wire.heal();
      await truth.revoke(20);
    }
    await joined.equals(truth);
    beat();
    await eventually(() => expect(joined.isFresh).toBe(true));
  });

  it('a cut, as soon as it listens again: it does not wait for the periodic reading', async () => {
    const joined = await followed();
    for (let i = 0; i < 5; i++) {
      await wire.cut();
      await truth.revoke();
      await wire.heal();
      await eventually(async () => expect(await clients()).toContain('session-validator:listen'), { everyMs: 5 });
      const startedAt = performance.now();
      await joined.equals(truth);
      expect(performance.now() - startedAt).toBeLessThan(700);
    }
  });

  it.each(['pubsub', 'normal'])('CLIENT KILL TYPE %s in the middle of writing', async (type) => {
    const joined = await followed();
    for (let i = 0; i < 10; i++) {
      await truth.revoke(20);
      await truth.writer.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      await truth.revoke(20);
    }
    await joined.equals(truth);
  });

  it('its subscription was thrown out for reading too slowly', async () => {
    const joined = await followed();
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 64kb 0 0');
    expect(await clients()).toContain('session-validator:listen');
    wire.swallowCurrent();
    await truth.revoke(50);
    // The sockets take megabytes before anything piles up in Redis.
    const weight = 'x'.repeat(256 * 1024);
    await eventually(
      async () => {
        await truth.writer.tell(weight);
        expect(await clients()).not.toContain('session-validator:listen');
      },
      { everyMs: 0 },
    );
    await wire.heal();
    await joined.equals(truth);
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
  });

  it('Redis stood still for a moment', async () => {
    const joined = await followed();
    redis.pause();
    const writing = truth.revoke(20);
    await sleep(400);
    redis.resume();
    await writing;
    await joined.equals(truth);
  });

  it('Redis stood still for longer than anybody waits for it', async () => {
    const joined = await followed();
    beat();
    await eventually(() => expect(joined.ageSeconds).toBeLessThan(1));
    redis.pause();
    const writing = truth.revoke(20);
    await eventually(() => expect(joined.ageSeconds).toBeGreaterThan(2.5));
    joined.holds();
    redis.resume();
    await writing;
    await joined.equals(truth);
    await eventually(() => expect(joined.isFresh).toBe(true));
  });

  it('Redis was killed and came back with its data', async () => {
    const joined = await followed();
    // Written to disk within a second; this is not about what Redis forgets.
    await redis.command('CONFIG', 'SET', 'appendfsync', 'always');
    await truth.revoke(20);
    await redis.kill();
    await eventually(() => expect(joined.warnings).toHaveLength(1));
    joined.holds(truth.values);
    await redis.start();
    await truth.revoke(20);
    await joined.equals(truth);
  });

  it('Redis came back empty, and was filled again; for one that starts then too', async () => {
    const joined = await followed();
    await redis.kill();
    await eventually(() => expect(joined.warnings).toHaveLength(1));
    const unheard = truth.newEntry();
    await redis.startEmpty();
    const late = witness();
    // An empty log is no empty list: it neither takes anything back nor lets a newcomer in.
    expect(await late.validator.ready(300)).toBe(false);
    joined.holds();
    expect(joined.applied).not.toContain(unheard.value);
    await truth.refill();
    await Promise.all([joined.equals(truth), late.equals(truth)]);
    beat();
    await eventually(() => expect([joined.isFresh, late.isFresh]).toEqual([true, true]));
  });

  it('the log was trimmed past its place, and filled again; for one that starts in between too', async () => {
    const joined = await followed();
    beat();
    await eventually(() => expect(joined.isFresh).toBe(true));
    clearInterval(beating);
    await wire.cut();
    await truth.revoke(10);
    await truth.writer.beat();
    await truth.writer.trim(4);
    await wire.heal();
    const late = witness();
    await eventually(() => expect(late.applied.size).toBe(3));
    await eventually(() => expect(joined.validator.metrics().feedRestarts).toBe(1));
    const age = joined.ageSeconds;
    beat();
    // What is left is known at once, and beats go on; but neither takes that for the whole list.
    expect(await late.validator.ready(1_000)).toBe(false);
    expect(joined.ageSeconds).toBeGreaterThan(age);
    clearInterval(beating);
    await truth.refill();
    await Promise.all([joined.equals(truth), late.equals(truth)]);
    beat();
    await eventually(() => expect([joined.isFresh, late.isFresh]).toEqual([true, true]));
  });

  it('the log went back to before its place, and memory was righter than Redis', async () => {
    const joined = await followed();
    const kept = await truth.writer.beat();
    const lost = await truth.revoke(5);
    await joined.equals(truth);
    await truth.writer.rollBackTo(kept);
    await truth.revoke();
    await eventually(() => expect(joined.validator.metrics().feedRestarts).toBe(1));
    // Read anew, and merged: what Redis has forgotten stays refused.
    joined.holds(lost);
    await joined.equals(truth);
    await truth.refill();
    const late = witness();
    await Promise.all([joined.equals(truth), late.equals(truth)]);
  });

  it('another life of the log took over, in which a record lies where its place was', async () => {
    const joined = await followed();
    const { position } = await truth.writer.beat();
    await eventually(() => expect(joined.validator.health().feed.position).toBe(position));
    const unheard = truth.newEntry();
    const record = (id: string, previous: string, ...entry: string[]) =>
      truth.writer.command('XADD', 'rev:log', id, ...['v', '1', 'epoch', 'another', 'prev', previous], ...entry);
    await truth.writer.command('MULTI');
    void truth.writer.command('DEL', 'rev:log');
    void record('1-0', '0-0', 'entry', JSON.stringify(unheard));
    void record(position, '1-0');
    await truth.writer.command('EXEC');
    await joined.equals(truth);
  });

  it('something that is no record got into the log', async () => {
    const joined = await followed();
    await truth.writer.appendForeign();
    await truth.revoke(3);
    const late = witness();
    await truth.writer.beat();
    await Promise.all([joined.equals(truth), late.equals(truth)]);
    beat();
    await eventually(() => expect([joined.isFresh, late.isFresh]).toEqual([true, true]));
  });
});
