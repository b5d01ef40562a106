import type { PersonalRecords } from '../../accounts/personal-records/personal-records.js';
import type { IdentityStore } from './identity-store.port.js';

/** Who the person is elsewhere: shown in an export, erased with the account. */
export function identityRecords(identities: Pick<IdentityStore, 'list' | 'forgetUser'>): PersonalRecords {
  return {
    section: 'identities',
    about: async (userId) =>
      (await identities.list(userId)).map(({ id, provider, key, label, grantedRoles, linkedAtMs, lastUsedAtMs }) => ({
        id,
        provider,
        external_key: key,
        label,
        granted_roles: [...grantedRoles],
        linked_at: new Date(linkedAtMs).toISOString(),
        last_used_at: new Date(lastUsedAtMs).toISOString(),
      })),
    forget: (userId) => identities.forgetUser(userId),
  };
}
