import { ConfigError, type ConfigRule, defineConfig, type Environment, loadConfig } from '@gatehouse/config';
import { migrateTables } from '@gatehouse/sql';
import { databaseOf } from '../config/auth.config.js';
import { databaseFields } from '../config/database.fields.js';
import { authSchema } from './auth-schema.js';

const databaseIsNamed: ConfigRule<typeof databaseFields> = (config) => {
  const { settings, faults } = databaseOf(config);
  return settings || faults.length > 0 ? faults : ['DATABASE_URL or DB_HOST is needed: where the tables are'];
};

/** It holds no key and no other secret: a job that may change tables should know nothing else. */
const migrateConfig = defineConfig(databaseFields, databaseIsNamed);

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
    const { settings } = databaseOf(loadConfig(migrateConfig, env));
    if (!settings) throw new Error('the configuration names no database, though it was checked');
    return await migrateTables(settings, authSchema, timeoutMs);
  } catch (error) {
    if (error instanceof ConfigError) return { exitCode: 2, line: error.message };
    throw error;
  }
}
