import { SystemClock } from '@gatehouse/kernel';
import { createRevocations, revocationEntity, SqlRevocationOutbox } from '@gatehouse/revocation-log/sql';
import { type Database, openDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl } from '@gatehouse/testing';
import type { EntitySchema, MigrationInterface, QueryRunner } from 'typeorm';

class Revocations1767225600005 implements MigrationInterface {
  readonly name = 'Revocations1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of createRevocations.mysql) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('not needed');
  }
}

export interface StoredRevocation {
  readonly scope: string;
  readonly value: string;
  readonly reason: string;
  readonly user_id: number | null;
  readonly delivered_at_ms: number | null;
}

/** A MySQL as the auth service leaves it, as far as revocations go. */
export class OutboxDatabase {
  private constructor(
    readonly url: string,
    private readonly database: Database,
  ) {}

  static async create(): Promise<OutboxDatabase> {
    const url = await freshMysqlDatabaseUrl();
    const { settings } = parseDatabaseSettings({ DATABASE_URL: url });
    if (!settings) throw new Error('no database');
    const entities = (dialect: 'mysql' | 'sqlite') => [revocationEntity(dialect)] as unknown as EntitySchema<never>[];
    const database = await openDatabase(settings, { entities, migrations: [Revocations1767225600005], poolSize: 3 });
    await database.ready();
    return new OutboxDatabase(url, database);
  }

  get outbox(): SqlRevocationOutbox {
    return new SqlRevocationOutbox(this.database.dataSource, new SystemClock());
  }

  rows(entryId: string): Promise<StoredRevocation[]> {
    return this.database.dataSource.query('SELECT * FROM revocations WHERE entry_id = ? ORDER BY id', [entryId]);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
