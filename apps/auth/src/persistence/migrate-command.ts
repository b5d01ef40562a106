import { ConfigError, type ConfigRule, defineConfig, type Environment, loadConfig } from '@gatehouse/config';
import { openDatabase } from '@gatehouse/sql';
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
  let cause: unknown;
  try {
    const { settings } = databaseOf(loadConfig(migrateConfig, env));
    if (!settings) throw new Error('the configuration names no database, though it was checked');
    const database = await openDatabase(settings, {
      ...authSchema,
      poolSize: 2,
      onStatus: (_status, why) => void (cause = why),
    });
    try {
      await database.ready(timeoutMs);
    } finally {
      void database.close();
    }
    return { exitCode: 0, line: `the tables are those of ${authSchema.migrations.at(-1)?.name ?? 'no migration'}` };
  } catch (error) {
    if (error instanceof ConfigError) return { exitCode: 2, line: error.message };
    return { exitCode: 1, line: `the tables could not be brought to this version: ${codeOf(cause ?? error)}` };
  }
}

/** The driver's code: its message may repeat a statement or an address. */
function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
