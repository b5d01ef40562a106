import { openDatabase, type OpenDatabaseOptions } from './open-database.js';
import type { DatabaseSettings } from './settings.js';

/** How a command that migrates ends, and what it says. */
export interface TablesMigrated {
  readonly exitCode: 0 | 1;
  readonly line: string;
}

/**
 * Brings the tables to this version: before instances of it start whose account may not change tables. Never throws.
 *
 * @param timeoutMs - how long to wait for the database, and for another who is migrating
 */
export async function migrateTables(
  settings: DatabaseSettings,
  schema: Pick<OpenDatabaseOptions, 'entities' | 'migrations'>,
  timeoutMs: number,
): Promise<TablesMigrated> {
  let cause: unknown;
  try {
    const onStatus = (_status: string, why: unknown) => void (cause = why);
    const database = await openDatabase(settings, { ...schema, poolSize: 2, onStatus });
    try {
      await database.ready(timeoutMs);
    } finally {
      void database.close();
    }
    return { exitCode: 0, line: `the tables are those of ${schema.migrations.at(-1)?.name ?? 'no migration'}` };
  } catch (error) {
    return { exitCode: 1, line: `the tables could not be brought to this version: ${codeOf(cause ?? error)}` };
  }
}

/** The driver's code: its message may repeat a statement or an address. */
function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
