import type { Principal } from '@gatehouse/session-validator';
import { ADMIN_ROLE, includesPermission } from './permissions.js';
import { BeyondOwnRights } from './roles.errors.js';

/** Whose rights decide: those of the token, which is refused as soon as they change. */
export type RightsHolder = Pick<Principal, 'roles' | 'scopes'>;

/**
 * Nobody may give what they lack, or lay hands on somebody who has more than they.
 *
 * @throws {BeyondOwnRights}
 */
export function assertOwnRightsCover(holder: RightsHolder, permissions: readonly string[]): void {
  if (holder.roles.includes(ADMIN_ROLE)) return;
  if (!permissions.every((permission) => includesPermission(holder.scopes, permission))) throw new BeyondOwnRights();
}
