import { FakeClock } from '@gatehouse/kernel/testing';
import { type Database, schemaDrift } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { MemorySessionLedger } from '../memory/index.js';
import { openLedgerDatabase } from '../testing/ledger-database.js';
import { aRecord, describeSessionLedger } from '../testing/index.js';
import { SqlSessionLedger } from './index.js';

const KEEP_MS = 30 * 86_400_000;
const opened: Database[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

const databases: [string, () => Promise<string>][] = [
  ['MySQL', freshMysqlDatabaseUrl],
  ['SQLite', async () => `sqlite:${join(testFolder('ledger'), 'l.sqlite')}`],
];

async function open(url: string): Promise<Database> {
  const database = await openLedgerDatabase(url);
  opened.push(database);
  return database;
}

describeSessionLedger('memory', async () => {
  const clock = new FakeClock();
  return { ledger: new MemorySessionLedger(clock, KEEP_MS), clock, keepPastMs: KEEP_MS };
});

describe.each(databases)('%s', (name, url) => {
  describeSessionLedger(name, async () => {
    const clock = new FakeClock();
    const { dataSource } = await open(await url());
    return { ledger: new SqlSessionLedger(dataSource, clock, { keepPastMs: KEEP_MS }), clock, keepPastMs: KEEP_MS };
  });

  it('has the table that the entity describes', async () => {
    expect(await schemaDrift((await open(await url())).dataSource)).toEqual([]);
  });

  it('counts as ended what is revoked elsewhere, at once in what it gives back, and for good once tidied', async () => {
    const clock = new FakeClock();
    const { dataSource } = await open(await url());
    const [revoked, live] = [aRecord(clock), aRecord(clock)];
    const condition = `id = '${revoked.id}'`;
    const ledger = new SqlSessionLedger(
      dataSource,
      clock,
      { keepPastMs: KEEP_MS },
      {
        among: async (_userId, sessions) => new Set(sessions.map(({ id }) => id).filter((id) => id === revoked.id)),
        sql: { condition, reason: "'admin'" },
      },
    );
    await ledger.write([{ record: revoked }, { record: live }]);
    expect(await ledger.ofUser(revoked.userId)).toEqual({ open: [], endedIds: [revoked.id] });
    expect((await ledger.ofUser(live.userId)).open).toEqual([live]);
    await ledger.tidy();
    const unaware = new SqlSessionLedger(dataSource, clock, { keepPastMs: KEEP_MS });
    expect(await unaware.ofUser(revoked.userId)).toEqual({ open: [], endedIds: [revoked.id] });
    expect(await unaware.history(revoked.userId, 1)).toMatchObject([{ reason: 'admin' }]);
  });
});
