import { join } from 'node:path';
import { loadConfig } from '@gatehouse/config';
import { SystemClock } from '@gatehouse/kernel';
import { createLogger, Metrics } from '@gatehouse/observability';
import { openDatabase } from '@gatehouse/sql';
import { wireAudit } from '../../audit/adapters/wire-audit.js';
import { authConfig, databaseOf } from '../../config/auth.config.js';
import { secretsOf } from '../../config/secrets.js';
import { authSchema } from '../../persistence/auth-schema.js';
import { type ResealOutcome, resealSigningKeys } from '../adapters/reseal-signing-keys.js';
import { SqlSigningKeyStore } from '../adapters/sql-signing-key-store.js';
import { AnnounceWithdrawals } from '../rotation/announce-withdrawals.js';
import { KeyRecord } from '../rotation/key-record.js';
import { KeyRing } from '../signing/key-ring.js';
import { ListKeys } from '../rotation/list-keys.js';
import { RotateKeys } from '../rotation/rotate-keys.js';
import { PrivateKeySealer } from '../signing/sealed-private-key.js';
import { WithdrawKey } from '../rotation/withdraw-key.js';

/** How long a command waits for the database, in ms. */
const PATIENCE_MS = 5_000;

export interface OpenKeys {
  readonly list: ListKeys;
  readonly rotate: RotateKeys;
  readonly withdraw: WithdrawKey;
  reseal(): Promise<ResealOutcome>;
  close(): Promise<void>;
}

/**
 * The keys of the database that the environment names, without a running service. What is done to them here the instances
 * read, publish and tell within seconds.
 *
 * @throws {ConfigError}
 */
export async function openKeys(env: Readonly<Record<string, string | undefined>>): Promise<OpenKeys> {
  const settings = loadConfig(authConfig, env);
  const logger = createLogger({ service: 'auth-keys', level: 'silent' });
  const clock = new SystemClock();
  const { masterKey, otherMasterKey } = await secretsOf(settings, logger);
  const embedded = { dialect: 'sqlite' as const, path: join(settings.DATA_DIR, 'auth.sqlite') };
  const database = await openDatabase(databaseOf(settings).settings ?? embedded, authSchema);
  try {
    await database.ready(PATIENCE_MS);
  } catch (error) {
    await database.close();
    throw error;
  }
  const { dataSource } = database;
  const audit = wireAudit({
    dataSource,
    clock,
    metrics: new Metrics('auth-keys', { processFigures: false }),
    logger,
    masterKey,
    otherMasterKey,
    retentionDays: settings.AUDIT_RETENTION_DAYS,
  });
  const sealer = new PrivateKeySealer(masterKey, otherMasterKey);
  const store = new SqlSigningKeyStore(dataSource, sealer, clock);
  const keySettings = {
    rotateAfterMs: settings.KEY_ROTATION_DAYS * 86_400_000,
    publishAheadMs: settings.KEY_PUBLISH_AHEAD * 1000,
    tokenSeconds: settings.ACCESS_TOKEN_EXPIRY,
  };
  const record = new KeyRecord(audit.log);
  // Publishing is for those who run: they see the new version within seconds.
  const keeper = { reload: () => store.load() };
  const publisher = { publish: async () => undefined };
  const nobody = { revoke: () => Promise.reject(new Error('the instances tell of withdrawals')) };
  const announce = new AnnounceWithdrawals(store, nobody, keySettings.tokenSeconds);
  return {
    list: new ListKeys(store, keySettings),
    rotate: new RotateKeys(store, keeper, publisher, keySettings, record),
    withdraw: new WithdrawKey(store, new KeyRing(), keeper, announce, keySettings, record, clock),
    reseal: () => resealSigningKeys(dataSource, sealer),
    close: async () => {
      await audit.close();
      await database.close();
    },
  };
}
