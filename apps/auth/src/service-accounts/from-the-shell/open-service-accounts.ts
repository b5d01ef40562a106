import type { Logger } from '@gatehouse/observability';
import type { AuthSettings } from '../../config/auth.config.js';
import { openForCommand } from '../../shell/open-for-command.js';
import { SqlServiceAccountRepository } from '../adapters/sql-service-account-repository.js';
import { KeepServiceAccount } from './keep-service-account.js';
import type { OpenedServiceAccounts } from './service-account-command.js';

/** The database of a service and what it needs to let another service in. Brings an empty one up to date. */
export async function openServiceAccounts(settings: AuthSettings, logger: Logger): Promise<OpenedServiceAccounts> {
  const { dataSource, clock, audit, close } = await openForCommand(settings, logger, 'service-accounts');
  const accounts = new SqlServiceAccountRepository(dataSource);
  return {
    keepServiceAccount: new KeepServiceAccount(accounts, audit, settings.AUTH_AUDIENCE, () => clock.nowMs()),
    close,
  };
}
