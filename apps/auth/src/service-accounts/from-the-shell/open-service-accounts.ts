import { join } from 'node:path';
import { SystemClock } from '@gatehouse/kernel';
import { type Logger, Metrics } from '@gatehouse/observability';
import { openDatabase } from '@gatehouse/sql';
import { wireAudit } from '../../audit/adapters/wire-audit.js';
import { type AuthSettings, databaseOf } from '../../config/auth.config.js';
import { secretsOf } from '../../config/secrets.js';
import { authSchema } from '../../persistence/auth-schema.js';
import { SqlServiceAccountRepository } from '../adapters/sql-service-account-repository.js';
import { KeepServiceAccount } from './keep-service-account.js';
import type { OpenedServiceAccounts } from './service-account-command.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** The database of a service and what it needs to let another service in. Brings an empty one up to date. */
export async function openServiceAccounts(settings: AuthSettings, logger: Logger): Promise<OpenedServiceAccounts> {
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
  const metrics = new Metrics('service-accounts', { processFigures: false });
  const { dataSource } = database;
  const retentionDays = settings.AUDIT_RETENTION_DAYS;
  const audit = wireAudit({ dataSource, clock, metrics, logger, masterKey, otherMasterKey, retentionDays });
  const accounts = new SqlServiceAccountRepository(dataSource);
  return {
    keepServiceAccount: new KeepServiceAccount(accounts, audit.log, settings.AUTH_AUDIENCE, () => clock.nowMs()),
    close: async () => {
      await audit.close();
      await database.close();
    },
  };
}
