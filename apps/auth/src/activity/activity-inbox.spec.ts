import { ACTIVITY_STREAM_KEY, encodeActivity } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, startRedis, startRedisCluster, type RedisServer } from '@gatehouse/testing';
import { aBatch } from '../../test/activity.js';
import { describeActivityInbox } from '../../test/activity-inbox.conformance.js';
import { MemoryActivityInbox } from './adapters/memory-activity-inbox.js';
import { RedisActivityInbox } from './adapters/redis-activity-inbox.js';
import { takeActivity } from './adapters/take-activity.script.js';

describeActivityInbox('memory', async () => {
  const clock = new FakeClock();
  const inbox = new MemoryActivityInbox(clock);
  return { inbox, other: inbox, nowMs: async () => clock.nowMs() };
});

let server: RedisServer;
let redis: RedisConnection;
let second: RedisConnection;
beforeAll(async () => {
  server = await startRedis();
  const { settings } = parseRedisSettings({ REDIS_URL: server.url });
  if (!settings) throw new Error('no Redis');
  [redis, second] = [connectRedis(settings, { name: 'activity-1' }), connectRedis(settings, { name: 'activity-2' })];
  await eventually(() => expect([redis.status, second.status]).toEqual(['ready', 'ready']));
});
afterAll(async () => {
  redis.disconnect();
  second.disconnect();
  await server.kill();
});
beforeEach(() => server.flush());

describeActivityInbox('Redis', async () => ({
  inbox: new RedisActivityInbox(redis),
  other: new RedisActivityInbox(second),
  nowMs: async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  },
}));

it('lies in one place of a cluster, where it can be emptied in one step', async () => {
  const cluster = await startRedisCluster();
  const { settings } = parseRedisSettings({ REDIS_CLUSTER_NODES: cluster.addresses.join() });
  if (!settings) throw new Error('no cluster');
  const connection = connectRedis(settings, { name: 'activity-cluster' });
  try {
    const inbox = new RedisActivityInbox(connection);
    const batch = aBatch();
    await eventually(() => inbox.post(batch));
    expect((await inbox.take(10)).batches).toMatchObject([{ batch }]);
    await inbox.post(batch);
    expect(await inbox.take(10)).toMatchObject({ batches: [], duplicates: 1 });
  } finally {
    connection.disconnect();
    await cluster.kill();
  }
}, 30_000);

describe('what somebody who may write to the stream can do', () => {
  const add = (id: string, ...fields: (string | number)[]) => redis.xadd(ACTIVITY_STREAM_KEY, id, ...fields);
  const record = (batch = aBatch()) =>
    ['v', 1, 'from', batch.instance, 'n', batch.batch, 'batch', encodeActivity(batch)] as const;

  it.each<[string, readonly (string | number)[]]>([
    ['no batch', ['hello', 'world']],
    ['another version', ['v', 2, ...record().slice(2)]],
    ['no number', [...record().slice(0, 4), 'n', 'x', 'batch', '{}']],
    ['a number below one', [...record().slice(0, 4), 'n', '-1', 'batch', '{}']],
    ['a number without end', [...record().slice(0, 4), 'n', '9'.repeat(400), 'batch', '{}']],
    ['a number in other words', [...record().slice(0, 4), 'n', '0x10', 'batch', '{}']],
    ['a name without end', ['v', 1, 'from', 'x'.repeat(10_000), 'n', 1, 'batch', '{}']],
    ['half a batch', [...record().slice(0, 6), 'batch', '{"instance":']],
    ['a megabyte', [...record().slice(0, 6), 'batch', ' '.repeat(1_048_576)]],
    ['bytes that are not text', [...record().slice(0, 6), 'batch', '\u0000\ud800']],
  ])('%s is passed over and counted, and what is beside it is read', async (_what, fields) => {
    const sound = aBatch();
    await add('*', ...fields);
    await add('*', ...record(sound));
    expect(await new RedisActivityInbox(redis).take(10)).toMatchObject({
      batches: [{ batch: sound }],
      unreadable: 1,
      duplicates: 0,
    });
    expect(await redis.exists(ACTIVITY_STREAM_KEY)).toBe(0);
  });

  it('a record as late as can be keeps nobody from writing for longer than until it is taken', async () => {
    await add('18446744073709551615-18446744073709551615', ...record());
    const inbox = new RedisActivityInbox(redis);
    await expect(inbox.post(aBatch())).rejects.toThrow(SessionStoreUnavailable);
    const { batches } = await inbox.take(10);
    // A moment to come is now.
    expect(batches[0]?.arrivedAtMs).toBeLessThanOrEqual(Date.now() + 1_000);
    await inbox.post(aBatch());
    expect((await inbox.take(10)).batches).toHaveLength(1);
  });

  it('a flood of names fills no memory, and the last of each that goes on reporting is known', async () => {
    const keys = {
      stream: ACTIVITY_STREAM_KEY,
      numbers: 'rev:numbers:{rev:activity}',
      heard: 'rev:heard:{rev:activity}',
    };
    const mine = aBatch();
    for (let i = 0; i < 40; i++) await add('*', ...record());
    await add('*', ...record(mine));
    await takeActivity.run(redis, keys, { most: 50, maxHeard: 5, keepMs: 60_000 });
    expect([await redis.hlen(keys.numbers), await redis.zcard(keys.heard)]).toEqual([5, 5]);
    expect(await redis.pttl(keys.numbers)).toBeGreaterThan(0);
    expect(await redis.pttl(keys.heard)).toBeGreaterThan(0);
  });

  it('another kind of value in its place is an outage of this inbox, and is over when it is gone', async () => {
    await redis.set(ACTIVITY_STREAM_KEY, 'rubbish');
    const inbox = new RedisActivityInbox(redis);
    await expect(inbox.take(1)).rejects.toThrow(SessionStoreUnavailable);
    await redis.del(ACTIVITY_STREAM_KEY);
    await inbox.post(aBatch());
    expect((await inbox.take(1)).batches).toHaveLength(1);
  });
});
