import { type Database, openDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { authSchema } from '../src/persistence/auth-schema.js';

/** A way to open one database as often as a test needs instances of it. */
export type OpenAgain = () => Promise<Database>;

const opened = new Set<Database>();

// A test that fails before it closes its database must not keep the run from ending.
afterAll(async () => {
  await Promise.all([...opened].map((database) => database.close()));
});

export async function opener(url: string): Promise<OpenAgain> {
  const { settings, faults } = parseDatabaseSettings({ DATABASE_URL: url });
  if (!settings) throw new Error(faults.join());
  return async () => {
    const database = await openDatabase(settings, authSchema);
    opened.add(database);
    await database.ready();
    return database;
  };
}

/** Fresh databases of each kind the service runs on, by name. */
export const databases: readonly (readonly [name: string, fresh: () => Promise<OpenAgain>])[] = [
  ['MySQL', async () => opener(await freshMysqlDatabaseUrl())],
  ['SQLite', async () => opener(`sqlite:${join(testFolder('auth-sqlite'), 'auth.sqlite')}`)],
];
