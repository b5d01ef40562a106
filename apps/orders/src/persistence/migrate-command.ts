import { ConfigError, defineConfig, type Environment, loadConfig, secret } from '@gatehouse/config';
import { migrateTables, parseDatabaseSettings } from '@gatehouse/sql';
import { ordersSchema } from './orders-schema.js';

const migrateConfig = defineConfig(
  { DATABASE_URL: secret({ minBytes: 1 }).describe('MySQL or MariaDB, under an account that may change tables') },
  ({ DATABASE_URL }) => parseDatabaseSettings({ DATABASE_URL: DATABASE_URL.reveal() }).faults,
);

/**
 * Brings the tables to this version and ends: before instances of it start whose account may not change tables.
 *
 * @param timeoutMs - how long to wait for the database, and for another who is migrating. @default 60000
 * @returns the exit code, and what to say
 */
export async function migrateCommand(
  env: Environment,
  { timeoutMs = 60_000 }: { readonly timeoutMs?: number } = {},
): Promise<{ readonly exitCode: 0 | 1 | 2; readonly line: string }> {
  try {
    const { DATABASE_URL } = loadConfig(migrateConfig, env);
    const { settings } = parseDatabaseSettings({ DATABASE_URL: DATABASE_URL.reveal() });
    if (!settings) throw new Error('the configuration names no database, though it was checked');
    return await migrateTables(settings, ordersSchema, timeoutMs);
  } catch (error) {
    if (error instanceof ConfigError) return { exitCode: 2, line: error.message };
    throw error;
  }
}
