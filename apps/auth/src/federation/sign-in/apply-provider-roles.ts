import type { ExternalIdentity } from '@gatehouse/oidc';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { ADMIN_ROLE } from '../../roles/permissions.js';
import type { RightsStore } from '../../roles/rights-store.port.js';
import type { SpreadRights } from '../../roles/spread-rights.js';
import type { User } from '../../users/user.js';
import type { LinkedIdentity } from '../identities/identity.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { SignInPlace } from './place.js';
import { defineRoles, mappedRoles, mergedRoles } from './provider-roles.js';

/** Gives a user the roles their provider says they have, and takes those it no longer says. In force everywhere when it resolves. */
export class ApplyProviderRoles {
  constructor(
    private readonly identities: Pick<IdentityStore, 'list' | 'noteGranted'>,
    private readonly rights: Pick<RightsStore, 'roles' | 'createRole' | 'changeUser'>,
    private readonly spread: Pick<SpreadRights, 'mark' | 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
  ) {}

  /**
   * @returns the user as they then are.
   * @throws {DatabaseUnavailable}
   */
  async run(
    user: User,
    linked: LinkedIdentity,
    said: { readonly provider: IdentityProvider; readonly identity: Pick<ExternalIdentity, 'roles'> },
    place: Omit<SignInPlace, 'userAgent'>,
  ): Promise<User> {
    const wanted = mappedRoles(said.provider, said.identity);
    await defineRoles(this.rights, wanted);
    return this.settle(user, linked, wanted, place);
  }

  /** For an identity that goes: what came with it goes with it. */
  async withdraw(user: User, linked: LinkedIdentity, place: Omit<SignInPlace, 'userAgent'>): Promise<void> {
    if (linked.grantedRoles.length > 0) await this.settle(user, linked, [], place);
  }

  private async settle(
    user: User,
    linked: LinkedIdentity,
    wanted: readonly string[],
    place: Omit<SignInPlace, 'userAgent'>,
  ): Promise<User> {
    const others = (await this.identities.list(user.id)).filter(({ id }) => id !== linked.id);
    const merged = mergedRoles(
      user.roles,
      linked.grantedRoles,
      others.flatMap(({ grantedRoles }) => grantedRoles),
      wanted,
    );
    // Before the change: should this instance die between the two, what was given is known to be the provider's.
    const either = [...new Set([...linked.grantedRoles, ...merged.granted])];
    await this.note(linked, either, linked.grantedRoles);
    const { user: changed, isLastAdmin } = await this.change(user, merged.roles, place);
    await this.note(linked, isLastAdmin ? [...merged.granted, ADMIN_ROLE] : merged.granted, either);
    return changed;
  }

  private async change(
    user: User,
    roles: readonly string[],
    place: Omit<SignInPlace, 'userAgent'>,
  ): Promise<{ readonly user: User; readonly isLastAdmin: boolean }> {
    const outcome = await this.rights.changeUser(user.id, { roles }, this.spread.mark('role_changed'));
    if (outcome.kind === 'changed') {
      await this.spread.run(outcome.rows);
      const { ipAddress, requestId } = place;
      const details = { by: 'provider', before: user.roles.join(' '), after: roles.join(' ') };
      this.audit.record({ kind: 'roles.changed', userId: user.id, ipAddress, requestId, details });
      return { user: outcome.after, isLastAdmin: false };
    }
    // The last administrator stays one: a slip in a role map must not lock everybody out.
    if (outcome.kind === 'last-admin') {
      return { ...(await this.change(user, [...roles, ADMIN_ROLE], place)), isLastAdmin: true };
    }
    return { user: outcome.kind === 'unchanged' ? outcome.user : user, isLastAdmin: false };
  }

  private async note({ id }: LinkedIdentity, roles: readonly string[], before: readonly string[]): Promise<void> {
    const isSame = roles.length === before.length && roles.every((role) => before.includes(role));
    if (!isSame) await this.identities.noteGranted(id, roles);
  }
}
