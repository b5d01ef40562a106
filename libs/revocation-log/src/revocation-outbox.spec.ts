import { SystemClock } from '@gatehouse/kernel';
import { schemaDrift, type Database } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { revocationDatabase } from '../test/database.js';
import { MemoryRevocationOutbox } from './memory/index.js';
import { SqlRevocationOutbox, type RevocationRow } from './sql/index.js';
import { aRow, describeRevocationOutbox } from './testing/index.js';

const opened: Database[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

async function open(url: string): Promise<Database> {
  const database = await revocationDatabase(url);
  opened.push(database);
  await database.ready();
  return database;
}

const outboxOn = async (url: string) => new SqlRevocationOutbox((await open(url)).dataSource, new SystemClock());

describeRevocationOutbox('memory', async () => {
  const outbox = new MemoryRevocationOutbox();
  return [outbox, outbox];
});

describeRevocationOutbox('MySQL', async () => {
  const url = await freshMysqlDatabaseUrl();
  return [await outboxOn(url), await outboxOn(url)];
});

describeRevocationOutbox('SQLite', async () => {
  const outbox = await outboxOn(`sqlite:${join(testFolder('outbox'), 'o.sqlite')}`);
  return [outbox, outbox];
});

it.each([
  ['MySQL', () => freshMysqlDatabaseUrl()],
  ['SQLite', async () => `sqlite:${join(testFolder('outbox'), 'o.sqlite')}`],
])('the table in %s is what the entity says', async (_name, url) => {
  expect(await schemaDrift((await open(await url())).dataSource)).toEqual([]);
});

describe('on MySQL', () => {
  it('does not hold up a sign-out while pending rows are being delivered', async () => {
    const url = await freshMysqlDatabaseUrl();
    const [delivering, adding] = [await outboxOn(url), await outboxOn(url)];
    await delivering.add([aRow()]);
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const delivery = delivering.deliverPending(10, () => held);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await adding.add([aRow()]);
    expect(await adding.deliverPending(10, async () => undefined)).toBe(1);
    finish();
    expect(await delivery).toBe(1);
  });

  it('does not pass over a transaction that commits late', async () => {
    const url = await freshMysqlDatabaseUrl();
    const database = await open(url);
    const outbox = new SqlRevocationOutbox(database.dataSource, new SystemClock());
    const late = database.dataSource.createQueryRunner();
    await late.startTransaction();
    const { entry } = aRow();
    const { id, ...rest } = entry;
    await late.manager
      .getRepository<RevocationRow>('Revocation')
      .insert({ ...rest, entryId: id, userId: null, deliveredAtMs: null });
    await outbox.add([aRow()]);
    expect(await outbox.deliverPending(10, async () => undefined)).toBe(1);
    await late.commitTransaction();
    await late.release();
    expect(await outbox.deliverPending(10, async () => undefined)).toBe(1);
  });
});
