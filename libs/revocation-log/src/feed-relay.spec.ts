import { FEED_START, type FeedRecord } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { SystemClock } from '@gatehouse/kernel';
import { eventually, startMysql, startRedis, type MysqlServer, type RedisServer } from '@gatehouse/testing';
import type { Database } from '@gatehouse/sql';
import { revocationDatabase } from '../test/database.js';
import { closeFeeds, feedOn } from '../test/feed-on-redis.js';
import type { FeedLog } from './feed-log.port.js';
import { FeedRelay, type FeedRelaySettings } from './feed-relay.js';
import type { OutboxRow } from './outbox.port.js';
import { RevocationWriter } from './revocation-writer.js';
import { SqlRevocationOutbox } from './sql/index.js';
import { anEntry, aRow } from './testing/index.js';

const KEEP_MS = 900_000;

describe('the relay, on a real Redis and a real MySQL', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let databaseUrl: string;
  const databases: Database[] = [];

  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  });
  afterAll(async () => {
    closeFeeds();
    await Promise.all(databases.map((database) => database.close()));
    await Promise.all([redis.kill(), mysql.kill()]);
  });
  beforeEach(async () => {
    await redis.flush();
    databaseUrl = (await mysql.createDatabase()).url;
  });
  afterEach(closeFeeds);

  async function instance(settings: Partial<FeedRelaySettings> = {}) {
    const database = await revocationDatabase(databaseUrl);
    databases.push(database);
    await database.ready();
    const clock = new SystemClock();
    const outbox = new SqlRevocationOutbox(database.dataSource, clock);
    const log = await feedOn(redis.url);
    const relay = new FeedRelay(outbox, log, clock, { keepMs: KEEP_MS, ...settings });
    return { outbox, log, relay, writer: new RevocationWriter(outbox, log, KEEP_MS, relay) };
  }

  const read = (log: FeedLog): Promise<FeedRecord[]> => log.readAfter(FEED_START, 10_000);
  const values = (records: FeedRecord[]) => records.flatMap(({ entry }) => (entry ? [entry.value] : []));
  /** Values that lie before the first heartbeat of the newest epoch, and in it. */
  const promised = (records: FeedRecord[]) => {
    const epoch = records.at(-1)?.epoch;
    const own = records.filter((record) => record.epoch === epoch);
    const beat = own.findIndex(({ entry }) => !entry);
    return beat < 0 ? undefined : values(own.slice(0, beat));
  };

  it('beats, and lets nobody refresh before its first whole pass', async () => {
    const { relay, log } = await instance();
    expect(relay.admitted()).toBe(false);
    await relay.runOnce();
    expect(relay.admitted()).toBe(true);
    const [beat] = await read(log);
    expect(beat?.entry).toBeUndefined();
    expect(relay.status()).toMatchObject({ databaseReachable: true, logReachable: true, epoch: beat?.epoch });
  });

  it('tells whoever waits for its start once a whole pass has gone through, and does not take that back', async () => {
    const { relay } = await instance();
    expect([await relay.caughtUp(10), relay.hasCaughtUp()]).toEqual([false, false]);
    const waiting = relay.caughtUp(60_000);
    await relay.runOnce();
    expect([await waiting, relay.hasCaughtUp()]).toEqual([true, true]);
    relay.noteOutage();
    expect([relay.admitted(), relay.hasCaughtUp()]).toEqual([false, true]);
  });

  it('fills an empty log before its first heartbeat', async () => {
    const { relay, log, writer } = await instance();
    await relay.runOnce();
    const rows = Array.from({ length: 450 }, () => aRow());
    for (let i = 0; i < rows.length; i += 50) await writer.revoke(rows.slice(i, i + 50));
    const expired = aRow({ untilMs: Date.now() - 1 });
    await writer.revoke([expired]);
    await redis.flush();
    await relay.runOnce();
    expect(new Set(promised(await read(log)))).toEqual(new Set(rows.map(({ entry }) => entry.value)));
  });

  it('starts over when the log is lost in the middle of filling it', async () => {
    let lose = true;
    const { relay, log, writer } = await instance({
      onDeliver: async () => {
        if (!lose) return;
        lose = false;
        await redis.flush();
      },
    });
    const rows = Array.from({ length: 450 }, () => aRow());
    for (let i = 0; i < rows.length; i += 50) await writer.revoke(rows.slice(i, i + 50));
    await redis.flush();
    for (let pass = 0; pass < 3; pass++) await relay.runOnce();
    expect(lose).toBe(false);
    expect(new Set(promised(await read(log)))).toEqual(new Set(rows.map(({ entry }) => entry.value)));
  });

  it('keeps the promise with two instances that meet a new log at once', async () => {
    const [one, two] = [await instance(), await instance()];
    const rows = Array.from({ length: 300 }, () => aRow());
    for (let i = 0; i < rows.length; i += 50) {
      const some = rows.slice(i, i + 50);
      await one.outbox.add(some);
      await one.outbox.markDelivered(some.map(({ entry }) => entry));
    }
    await Promise.all([one.relay.runOnce(), two.relay.runOnce()]);
    const records = await read(one.log);
    expect(new Set(records.map(({ epoch }) => epoch)).size).toBe(1);
    expect(new Set(promised(records))).toEqual(new Set(rows.map(({ entry }) => entry.value)));
  });

  it('delivers what was acknowledged while Redis was away, ends the sessions, and only then admits refreshes', async () => {
    const ended: OutboxRow[] = [];
    const { relay, log, writer } = await instance({ onDeliver: async (rows) => void ended.push(...rows) });
    const begins = await instance();
    await relay.runOnce();
    await redis.kill();
    const waiting = begins.relay.caughtUp(60_000);
    await begins.relay.runOnce();
    // Whoever waits for its start is not kept for a store that is away.
    expect(await waiting).toBe(false);
    const row = aRow({}, 42);
    expect(await writer.revoke([row])).toEqual({ durableIn: 'database' });
    expect(relay.admitted()).toBe(false);
    await relay.runOnce();
    await redis.startEmpty();
    await eventually(async () => {
      await relay.runOnce();
      expect(relay.admitted()).toBe(true);
    });
    expect(promised(await read(log))).toContain(row.entry.value);
    expect(ended).toContainEqual(row);
  });

  it('opens a new epoch when a failover has lost records', async () => {
    const { relay, log, writer } = await instance();
    await relay.runOnce();
    const row = aRow();
    await writer.revoke([row]);
    const before = await read(log);
    await redis.command('XDEL', 'rev:log', before.at(-1)!.position);
    await relay.runOnce();
    await relay.runOnce();
    const after = await read(log);
    expect(after.at(-1)!.epoch).not.toBe(before.at(-1)!.epoch);
    expect(promised(after)).toContain(row.entry.value);
  });

  it('goes on beating without the database, acknowledges in the log, and stores it later', async () => {
    const { relay, log, writer, outbox } = await instance();
    await relay.runOnce();
    await mysql.stop();
    const row = aRow();
    expect(await writer.revoke([row])).toEqual({ durableIn: 'log' });
    await relay.runOnce();
    expect((await read(log)).at(-1)?.entry).toBeUndefined();
    expect(relay.admitted()).toBe(true);
    expect(relay.status().databaseReachable).toBe(false);
    await mysql.start();
    await eventually(async () => {
      await relay.runOnce();
      expect(relay.status().databaseReachable).toBe(true);
    });
    const kept: string[] = [];
    for await (const page of outbox.unexpired(Date.now(), 100)) kept.push(...page.map(({ entry }) => entry.value));
    expect(kept).toEqual([row.entry.value]);
    expect(await outbox.countPending()).toBe(0);
  });

  it('does not vouch for a new log while the database is away', async () => {
    const { relay, log } = await instance();
    await relay.runOnce();
    await mysql.stop();
    await redis.flush();
    await relay.runOnce();
    await relay.runOnce();
    expect((await read(log)).filter(({ entry }) => !entry)).toEqual([]);
    await mysql.start();
    await eventually(async () => {
      await relay.runOnce();
      expect((await read(log)).filter(({ entry }) => !entry)).not.toEqual([]);
    });
  });

  it('acknowledges nothing that only a forgetful log would keep, nor with both away', async () => {
    const { relay, writer } = await instance();
    await relay.runOnce();
    await mysql.stop();
    await redis.command('CONFIG', 'SET', 'appendonly', 'no');
    await expect(writer.revoke([aRow()])).rejects.toBeInstanceOf(DatabaseUnavailable);
    await redis.command('CONFIG', 'SET', 'appendonly', 'yes');
    await redis.kill();
    const startedMs = performance.now();
    await expect(writer.revoke([aRow()])).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(1_900);
    await Promise.all([redis.start(), mysql.start()]);
  });

  it('passes on an entry that is already known, without harm', async () => {
    const { relay, log, outbox } = await instance();
    const entry = anEntry();
    await outbox.add([{ entry, userId: 1 }]);
    await relay.runOnce();
    await outbox.add([{ entry, userId: 1 }]);
    await relay.runOnce();
    expect(values(await read(log)).filter((value) => value === entry.value).length).toBeGreaterThanOrEqual(1);
    expect(await outbox.countPending()).toBe(0);
  });
});
