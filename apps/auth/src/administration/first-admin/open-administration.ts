import type { Logger } from '@gatehouse/observability';
import type { AuthSettings } from '../../config/auth.config.js';
import { wirePasswords } from '../../passwords/wire-passwords.js';
import { openForCommand } from '../../shell/open-for-command.js';
import { SqlUserRepository } from '../../users/adapters/sql-user-repository.js';
import { SqlPolicyStore } from '../policies/adapters/sql-policy-store.js';
import { configuredPasswordRules } from '../policies/wire-policies.js';
import { MakeAdmin } from './make-admin.js';
import type { OpenedAdministration } from './new-admin-command.js';

/** The database of a service and what it needs to make an account in it. Brings an empty one up to date. */
export async function openAdministration(settings: AuthSettings, logger: Logger): Promise<OpenedAdministration> {
  const { dataSource, clock, metrics, audit, close } = await openForCommand(settings, logger, 'admin');
  const rules = configuredPasswordRules(settings);
  const policies = await new SqlPolicyStore(dataSource, clock).all();
  rules.apply(policies.find(({ name }) => name === rules.name)?.document);
  const { policy, hasher } = wirePasswords({ settings, rules, clock, metrics, logger });
  const users = new SqlUserRepository(dataSource, clock);
  return { makeAdmin: new MakeAdmin(users, policy, hasher, audit, () => clock.nowMs()), close };
}
