import { SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { type Database, openDatabase, parseDatabaseSettings, schemaDrift } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { describeOrderRepository } from '../../test/order-repository.conformance.js';
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
