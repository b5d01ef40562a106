import type { QueryRunner } from 'typeorm';

/** Statements of a migration, spelled out for each database: what has been merged must not change with any code. */
export interface Statements {
  readonly mysql: readonly string[];
  readonly sqlite: readonly string[];
}

/** Runs the statements for the database the runner talks to, in order. */
export async function runStatements(runner: QueryRunner, { mysql, sqlite }: Statements): Promise<void> {
  const isSqlite = runner.dataSource.options.type === 'better-sqlite3';
  for (const statement of isSqlite ? sqlite : mysql) await runner.query(statement);
}
