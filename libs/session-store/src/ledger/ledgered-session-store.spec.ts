import { SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import type { Database } from '@gatehouse/sql';
import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl, sleep, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { MemorySessionStore } from '../memory/index.js';
import { RedisSessionStore, SessionSeals } from '../redis/index.js';
import { SqlSessionLedger } from '../sql/index.js';
import { openLedgerDatabase } from '../testing/ledger-database.js';
import { describeSessionStore } from '../testing/index.js';
import { LedgeredSessionStore, LedgerWriter } from './index.js';

const DAY_MS = 86_400_000;
const open: { redis: RedisConnection[]; databases: Database[] } = { redis: [], databases: [] };
afterAll(async () => {
  open.redis.forEach((redis) => redis.disconnect());
  await Promise.all(open.databases.map((database) => database.close()));
});

async function openDatabase(url: string): Promise<Database> {
  const database = await openLedgerDatabase(url);
  open.databases.push(database);
  return database;
}

async function connect(url: string): Promise<RedisConnection> {
  const redis = connectRedis(parseRedisSettings({ REDIS_URL: url }).settings!, { name: 'ledgered-spec' });
  open.redis.push(redis);
  await eventually(() => redis.get('x'));
  return redis;
}

describeSessionStore('memory with a ledger in SQLite', async () => {
  const clock = new FakeClock();
  const database = await openDatabase(`sqlite:${join(testFolder('ledger'), 'ledger.sqlite')}`);
  const ledger = new SqlSessionLedger(database.dataSource, clock, { keepPastMs: 30 * DAY_MS });
  const writer = new LedgerWriter(ledger, clock);
  const store = new LedgeredSessionStore(new MemorySessionStore(clock, writer), ledger, writer);
  return { store, elapse: async (ms) => clock.advance(ms), tickMs: 1_000 };
});

describeSessionStore('Redis with a ledger in MySQL', async () => {
  const clock = new SystemClock();
  const database = await openDatabase(await freshMysqlDatabaseUrl());
  const ledger = new SqlSessionLedger(database.dataSource, clock, { keepPastMs: 30 * DAY_MS });
  const writer = new LedgerWriter(ledger, clock);
  const seals = new SessionSeals(Buffer.alloc(32, 'a key'));
  const live = new RedisSessionStore(await connect(await sharedRedisUrl()), writer, undefined, seals);
  return { store: new LedgeredSessionStore(live, ledger, writer), elapse: sleep, tickMs: 150 };
});
