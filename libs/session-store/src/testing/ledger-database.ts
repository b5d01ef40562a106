import { type Database, openDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createSessionLedger, sessionLedgerEntity } from '../sql/index.js';

class SessionLedger1767225600000 implements MigrationInterface {
  readonly name = 'SessionLedger1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    const isSqlite = runner.dataSource.options.type === 'better-sqlite3';
    for (const statement of isSqlite ? createSessionLedger.sqlite : createSessionLedger.mysql)
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of createSessionLedger.down) await runner.query(statement);
  }
}

/** A database with the ledger's table and nothing else. */
export async function openLedgerDatabase(url: string): Promise<Database> {
  const { settings } = parseDatabaseSettings({ DATABASE_URL: url });
  if (!settings) throw new Error('not the address of a database');
  const database = await openDatabase(settings, {
    entities: (dialect) => [sessionLedgerEntity(dialect)] as never[],
    migrations: [SessionLedger1767225600000],
  });
  await database.ready();
  return database;
}
