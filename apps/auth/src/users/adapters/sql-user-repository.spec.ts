import { SystemClock } from '@gatehouse/kernel';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { describeUserRepository } from '../../../test/user-repository.conformance.js';
import { SqlUserRepository } from './sql-user-repository.js';

describe.each(databases)('%s', (name, fresh) => {
  const opened: Database[] = [];
  afterAll(() => Promise.all(opened.map((database) => database.close())));

  describeUserRepository(name, async () => {
    const open = await fresh();
    // SQLite is for one process; MySQL for as many as there are.
    opened.push(...(await Promise.all(name === 'SQLite' ? [open()] : [open(), open(), open()])));
    const writers = opened.map((database) => new SqlUserRepository(database.dataSource, new SystemClock()));
    return { users: writers[0]!, writers };
  });
});
