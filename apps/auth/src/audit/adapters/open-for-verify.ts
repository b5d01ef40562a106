import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@gatehouse/observability';
import { type DatabaseSettings, openDatabase } from '@gatehouse/sql';
import { type AuthSettings, databaseOf } from '../../config/auth.config.js';
import { secretsOf } from '../../config/secrets.js';
import { authSchema } from '../../persistence/auth-schema.js';
import { ChainSealer } from '../chain.js';
import { VerifyAuditLog } from '../verify/verify-audit-log.js';
import { VerifyImpossible } from '../verify/verify-command.js';
import { SqlAuditChainReader } from './sql-audit-chain-reader.js';

const READ_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** What `audit:verify` needs of a service: its database and its key. Changes neither. */
export async function openForVerify(settings: AuthSettings, logger: Logger) {
  const database = databaseOf(settings).settings ?? { dialect: 'sqlite', path: join(settings.DATA_DIR, 'auth.sqlite') };
  refuseMissing(database);
  const { masterKey, otherMasterKey } = await secretsOf(settings, logger);
  // A guest: without migrations it takes the tables as they are.
  const opened = await openDatabase(database, { entities: authSchema.entities, migrations: [], poolSize: 2 });
  const close = () => opened.close();
  try {
    await opened.ready(CONNECT_TIMEOUT_MS);
  } catch {
    void close();
    throw new VerifyImpossible('the database does not answer');
  }
  const reader = new SqlAuditChainReader(opened.dataSource, READ_TIMEOUT_MS);
  return { verify: new VerifyAuditLog(reader, new ChainSealer(masterKey, otherMasterKey)), close };
}

/** SQLite would make an empty one, and an empty log is intact. */
function refuseMissing(database: DatabaseSettings): void {
  if (database.dialect === 'sqlite' && !existsSync(database.path))
    throw new VerifyImpossible('there is no database yet');
}
