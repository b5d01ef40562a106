import { type Database, schemaDrift } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl } from '@gatehouse/testing';
import { databases, opener } from '../../test/databases.js';
import { authSchema } from './auth-schema.js';
import { migrateCommand } from './migrate-command.js';

describe.each(databases)('the migrations on %s', (_name, fresh) => {
  let database: Database;
  beforeAll(async () => {
    database = await (await fresh())();
  });
  afterAll(() => database.close());

  it('make the schema that the entities describe', async () => {
    await expect(schemaDrift(database.dataSource)).resolves.toEqual([]);
  });

  it('can all be undone and done again', async () => {
    for (const _migration of authSchema.migrations)
      await database.dataSource.undoLastMigration({ transaction: 'each' });
    const left = (await schemaDrift(database.dataSource)).filter((statement) => statement.startsWith('CREATE TABLE'));
    expect(left).toHaveLength(authSchema.entities(database.dialect).length);
    await database.dataSource.runMigrations({ transaction: 'each' });
    await expect(schemaDrift(database.dataSource)).resolves.toEqual([]);
  });

  it('leave nobody behind, person or service, who could sign in to a fresh service (A13)', async () => {
    await expect(database.dataSource.getRepository('User').count()).resolves.toBe(0);
    await expect(database.dataSource.getRepository('ServiceAccount').count()).resolves.toBe(0);
  });
});

it('have distinct names that sort in the order they run', () => {
  const names = authSchema.migrations.map((Migration) => new Migration().name ?? '');
  const stamps = names.map((name) => name.slice(-13));
  expect(stamps).toEqual([...new Set(stamps)].sort());
});

describe('the command that migrates', () => {
  it('brings an empty database to this version, and one that is there finds nothing to do', async () => {
    const DATABASE_URL = await freshMysqlDatabaseUrl();
    for (const _time of ['first', 'again']) {
      await expect(migrateCommand({ DATABASE_URL })).resolves.toMatchObject({ exitCode: 0 });
    }
    const database = await (await opener(DATABASE_URL))();
    await expect(schemaDrift(database.dataSource)).resolves.toEqual([]);
  });

  it('says by the code of the driver why it could not, and nothing of the address', async () => {
    const url = new URL(await freshMysqlDatabaseUrl());
    url.password = 'not-the-passw0rd';
    const { exitCode, line } = await migrateCommand({ DATABASE_URL: url.href }, { timeoutMs: 1_000 });
    expect({ exitCode, line }).toEqual({
      exitCode: 1,
      line: 'the tables could not be brought to this version: ER_ACCESS_DENIED_ERROR',
    });
  });

  it('asks where the database is, and for no key', async () => {
    await expect(migrateCommand({ NODE_ENV: 'production' })).resolves.toEqual({
      exitCode: 2,
      line: expect.stringContaining('DATABASE_URL or DB_HOST is needed') as string,
    });
  });
});
