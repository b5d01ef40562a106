import type { Principal } from '@gatehouse/session-validator';
import { ADMIN_ROLE, includesPermission } from './permissions.js';
import { BeyondOwnRights } from './roles.errors.js';

/** Whose rights decide: those of the token, which is refused as soon as they change. */
export type RightsHolder = Pick<Principal, 'roles' | 'scopes'>;

/**
 * Nobody may give roles that allow what they lack, or lay hands on somebody who has such roles. The role `admin` is more than its
 * permissions: some routes ask for the role itself, so all permissions of administration together do not come up to it.
 *
 * @param permissions - what the roles allow
 * @throws {BeyondOwnRights}
 */
export function assertOwnRolesCover(
  holder: RightsHolder,
  roles: readonly string[],
  permissions: readonly string[],
): void {
  if (roles.includes(ADMIN_ROLE) && !holder.roles.includes(ADMIN_ROLE)) throw new BeyondOwnRights();
  assertOwnRightsCover(holder, permissions);
}

/**
 * Nobody may give permissions they lack.
 *
 * @throws {BeyondOwnRights}
 */
export function assertOwnRightsCover(holder: RightsHolder, permissions: readonly string[]): void {
  if (holder.roles.includes(ADMIN_ROLE)) return;
  if (!permissions.every((permission) => includesPermission(holder.scopes, permission))) throw new BeyondOwnRights();
}
