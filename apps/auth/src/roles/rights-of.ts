import type { SessionRights } from '@gatehouse/session-store';
import type { UserRepository } from '../users/user-repository.port.js';
import type { RolePermissions } from './role-permissions.js';

/**
 * Looks up what a user may do right now; `undefined` for nobody, and for somebody who may not sign in.
 *
 * @throws {DatabaseUnavailable}
 */
export function rightsFrom(
  users: Pick<UserRepository, 'findById'>,
  permissions: RolePermissions,
): (userId: number) => Promise<SessionRights | undefined> {
  return async (userId) => {
    const user = await users.findById(userId);
    if (!user || user.disabledAtMs !== null) return undefined;
    return { roles: user.roles, scope: await permissions.scopeOf(user.roles), generation: user.tokenGeneration };
  };
}
