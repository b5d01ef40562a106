import { SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { type Database, openDatabase, parseDatabaseSettings, schemaDrift } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { describeOrderRepository } from '../../test/order-repository.conformance.js';
import { migrateCommand } from '../persistence/migrate-command.js';
import { ordersSchema } from '../persistence/orders-schema.js';
import { MemoryOrderRepository } from './adapters/memory-order-repository.js';
import { SqlOrderRepository } from './adapters/sql-order-repository.js';

const opened: Database[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

async function open(url: string): Promise<Database> {
  const database = await openDatabase(parseDatabaseSettings({ DATABASE_URL: url }).settings!, ordersSchema);
  opened.push(database);
  await database.ready();
  return database;
}

const sqliteUrl = async () => `sqlite:${join(testFolder('orders'), 'orders.sqlite')}`;
const kinds = [
  ['MySQL', freshMysqlDatabaseUrl],
  ['SQLite', sqliteUrl],
] as const;

describeOrderRepository('memory', async () => new MemoryOrderRepository(new FakeClock()));
for (const [name, url] of kinds) {
  describeOrderRepository(
    name,
    async () => new SqlOrderRepository((await open(await url())).dataSource, new SystemClock()),
  );
}

it.each(kinds)('the schema on %s is what the entities say, also after going back and forth', async (_name, url) => {
  const { dataSource } = await open(await url());
  expect(await schemaDrift(dataSource)).toEqual([]);
  await dataSource.undoLastMigration({ transaction: 'each' });
  await dataSource.runMigrations({ transaction: 'each' });
  expect(await schemaDrift(dataSource)).toEqual([]);
});

describe('the command that migrates', () => {
  it('brings an empty database to this version, and one that is there finds nothing to do', async () => {
    const DATABASE_URL = await freshMysqlDatabaseUrl();
    for (const _time of ['first', 'again']) {
      await expect(migrateCommand({ DATABASE_URL })).resolves.toEqual({
        exitCode: 0,
        line: expect.stringMatching(/^the tables are those of Orders\d+$/) as string,
      });
    }
    expect(await schemaDrift((await open(DATABASE_URL)).dataSource)).toEqual([]);
  });

  it('says by the code of the driver why it could not, and nothing of the address', async () => {
    const url = new URL(await freshMysqlDatabaseUrl());
    url.password = 'not-the-passw0rd';
    await expect(migrateCommand({ DATABASE_URL: url.href }, { timeoutMs: 1_000 })).resolves.toEqual({
      exitCode: 1,
      line: 'the tables could not be brought to this version: ER_ACCESS_DENIED_ERROR',
    });
  });

  it.each([{}, { DATABASE_URL: 'postgres://app:s3cret@db/orders' }])('asks where the database is: %j', async (env) => {
    const { exitCode, line } = await migrateCommand(env);
    expect([exitCode, line]).toEqual([2, expect.stringContaining('DATABASE_URL')]);
    expect(line).not.toContain('s3cret');
  });
});
