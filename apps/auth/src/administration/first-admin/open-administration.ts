import { join } from 'node:path';
import { SystemClock } from '@gatehouse/kernel';
import { type Logger, Metrics } from '@gatehouse/observability';
import { openDatabase } from '@gatehouse/sql';
import { wireAudit } from '../../audit/adapters/wire-audit.js';
import { type AuthSettings, databaseOf } from '../../config/auth.config.js';
import { secretsOf } from '../../config/secrets.js';
import { wirePasswords } from '../../passwords/wire-passwords.js';
import { authSchema } from '../../persistence/auth-schema.js';
import { SqlPolicyStore } from '../policies/adapters/sql-policy-store.js';
import { configuredPasswordRules } from '../policies/wire-policies.js';
import { SqlUserRepository } from '../../users/adapters/sql-user-repository.js';
import { MakeAdmin } from './make-admin.js';
import type { OpenedAdministration } from './new-admin-command.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** The database of a service and what it needs to make an account in it. Brings an empty one up to date. */
export async function openAdministration(settings: AuthSettings, logger: Logger): Promise<OpenedAdministration> {
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
  const metrics = new Metrics('admin', { processFigures: false });
  const { dataSource } = database;
  const retentionDays = settings.AUDIT_RETENTION_DAYS;
  const audit = wireAudit({ dataSource, clock, metrics, logger, masterKey, otherMasterKey, retentionDays });
  const rules = configuredPasswordRules(settings);
  const policies = await new SqlPolicyStore(dataSource, clock).all();
  rules.apply(policies.find(({ name }) => name === rules.name)?.document);
  const { policy, hasher } = wirePasswords({ settings, rules, clock, metrics, logger });
  const users = new SqlUserRepository(dataSource, clock);
  return {
    makeAdmin: new MakeAdmin(users, policy, hasher, audit.log, () => clock.nowMs()),
    close: async () => {
      await audit.close();
      await database.close();
    },
  };
}
