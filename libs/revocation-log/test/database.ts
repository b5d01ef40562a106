import { openDatabase, parseDatabaseSettings, type Database } from '@gatehouse/sql';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createRevocations, indexRevocations, revocationEntity } from '../src/sql/index.js';

class Revocations1767225600000 implements MigrationInterface {
  name = 'Revocations1767225600000';
  async up(runner: QueryRunner): Promise<void> {
    const dialect = runner.dataSource.options.type === 'mysql' ? 'mysql' : 'sqlite';
    for (const statement of [...createRevocations[dialect], ...indexRevocations[dialect]])
      await runner.query(statement);
  }
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of createRevocations.down) await runner.query(statement);
  }
}

/** A database with nothing but the table of revocations; not necessarily there yet. */
export function revocationDatabase(url: string): Promise<Database> {
  const { settings } = parseDatabaseSettings({ DATABASE_URL: url });
  if (!settings) throw new Error('no database');
  return openDatabase(settings, {
    entities: (dialect) => [revocationEntity(dialect)] as never[],
    migrations: [Revocations1767225600000],
  });
}
