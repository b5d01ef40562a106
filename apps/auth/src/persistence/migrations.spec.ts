import { type Database, schemaDrift } from '@gatehouse/sql';
import { databases } from '../../test/databases.js';
import { authSchema } from './auth-schema.js';

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
