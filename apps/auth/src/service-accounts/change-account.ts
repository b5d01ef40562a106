import type { ServiceAccount } from './service-account.js';
import type { ServiceAccountRepository } from './service-account-repository.port.js';
import { ServiceAccountBusy, ServiceAccountNotFound } from './service-accounts.errors.js';

const MAX_ATTEMPTS = 5;

/**
 * Reads an account, changes it and puts it back; again from the start when somebody else was faster.
 *
 * @param edit - may throw, and nothing is changed then
 * @returns the account as it then is.
 * @throws {ServiceAccountNotFound}
 * @throws {ServiceAccountBusy}
 */
export async function changeAccount(
  accounts: ServiceAccountRepository,
  clientId: string,
  edit: (account: ServiceAccount) => ServiceAccount,
): Promise<ServiceAccount> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const account = await accounts.find(clientId);
    if (!account) throw new ServiceAccountNotFound();
    const changed = edit(account);
    if (await accounts.replace(changed)) return { ...changed, version: changed.version + 1 };
  }
  throw new ServiceAccountBusy();
}
