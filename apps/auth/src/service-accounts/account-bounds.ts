import { ADMIN_ROLE } from '../roles/permissions.js';
import { assertOwnRightsCover, type RightsHolder } from '../roles/own-rights.js';
import { BeyondOwnRights } from '../roles/roles.errors.js';
import type { ServiceAccount } from './service-account.js';

/** What a service account may do. */
export type AccountRights = Pick<ServiceAccount, 'roles' | 'scopes' | 'audiences'>;

/**
 * Keeps whoever manages service accounts, and is no administrator, from a service that has more than they: they could have its secret and
 * act as it.
 */
export class AccountBounds {
  /** @param audience - `aud` of the tokens of persons */
  constructor(private readonly audience: string) {}

  /**
   * To be asked about the account as it is and as it is to be.
   *
   * @throws {BeyondOwnRights} for roles and scopes they do not hold, and for services their own token is not for.
   */
  assertCovered(holder: RightsHolder, { roles, scopes, audiences }: AccountRights): void {
    assertOwnRightsCover(holder, scopes);
    if (holder.roles.includes(ADMIN_ROLE)) return;
    const isCovered =
      roles.every((role) => holder.roles.includes(role)) && audiences.every((audience) => audience === this.audience);
    if (!isCovered) throw new BeyondOwnRights();
  }
}
