import { join } from 'node:path';
import { type Clock, SystemClock } from '@gatehouse/kernel';
import { type Logger, Metrics } from '@gatehouse/observability';
import { openDatabase } from '@gatehouse/sql';
import { wireAudit } from '../audit/adapters/wire-audit.js';
import { type AuthSettings, databaseOf } from '../config/auth.config.js';
import { secretsOf } from '../config/secrets.js';
import { authSchema } from '../persistence/auth-schema.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** The database of a service and its audit log, for a command typed into a shell. */
export interface OpenedForCommand {
  readonly dataSource: Awaited<ReturnType<typeof openDatabase>>['dataSource'];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly audit: ReturnType<typeof wireAudit>['log'];
  /** Writes down what the log still holds, then closes the database. */
  readonly close: () => Promise<void>;
}

/**
 * Opens them, and brings an empty database up to date.
 *
 * @param name - of the command, for its figures
 * @throws what {@link openDatabase} does where there is no database within ten seconds.
 */
export async function openForCommand(settings: AuthSettings, logger: Logger, name: string): Promise<OpenedForCommand> {
  const where = databaseOf(settings).settings ?? { dialect: 'sqlite', path: join(settings.DATA_DIR, 'auth.sqlite') };
  const { masterKey, otherMasterKey } = await secretsOf(settings, logger);
  const database = await openDatabase(where, authSchema);
  try {
    await database.ready(CONNECT_TIMEOUT_MS);
  } catch (error) {
    await database.close();
    throw error;
  }
  const clock = new SystemClock();
  const metrics = new Metrics(name, { processFigures: false });
  const { dataSource } = database;
  const retentionDays = settings.AUDIT_RETENTION_DAYS;
  const audit = wireAudit({ dataSource, clock, metrics, logger, masterKey, otherMasterKey, retentionDays });
  const close = async () => {
    await audit.close();
    await database.close();
  };
  return { dataSource, clock, metrics, audit: audit.log, close };
}
