import type { ExternalIdentity } from '@gatehouse/oidc';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { ADMIN_ROLE } from '../../roles/permissions.js';
import type { RightsStore } from '../../roles/rights-store.port.js';
import type { SpreadRights } from '../../roles/spread-rights.js';
import type { User } from '../../users/user.js';
import { IdentityRefused } from '../federation.errors.js';
import type { LinkedIdentity } from '../identities/identity.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { SignInPlace } from './place.js';
import { defineRoles, mappedRoles, mergedRoles } from './provider-roles.js';

/** Gives a user the roles their provider says they have, and takes those it no longer says. In force everywhere when it resolves. */
export class ApplyProviderRoles {
  constructor(
    private readonly identities: Pick<IdentityStore, 'findByKey' | 'list' | 'noteGranted'>,
    private readonly rights: Pick<RightsStore, 'roles' | 'createRole' | 'changeUser'>,
    private readonly spread: Pick<SpreadRights, 'mark' | 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
  ) {}

  /**
   * @returns the user as they then are.
   * @throws {IdentityRefused} when the identity has been taken off the account meanwhile.
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
    const { user: changed, granted } = await this.settle(user, linked, wanted, place);
    if (granted.length === 0 || (await this.isLinked(linked))) return changed;
    // Whoever took it off the account cannot have seen what has come with it since.
    await this.withdraw(changed, { ...linked, grantedRoles: granted }, place);
    throw new IdentityRefused('UNLINKED');
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
  ): Promise<{ readonly user: User; readonly granted: readonly string[] }> {
    const others = (await this.identities.list(user.id)).filter(({ id }) => id !== linked.id);
    const ofOthers = others.flatMap(({ grantedRoles }) => grantedRoles);
    const mergedInto = (held: readonly string[]) => mergedRoles(held, linked.grantedRoles, ofOthers, wanted);
    // Before the change: should this instance die between the two, what was given is known to be the provider's.
    const either = [...new Set([...linked.grantedRoles, ...mergedInto(user.roles).granted])];
    await this.note(linked, either, linked.grantedRoles);
    const { user: changed, held, isLastAdmin } = await this.change(user, (roles) => mergedInto(roles).roles, place);
    const merged = mergedInto(held).granted;
    const granted = isLastAdmin ? [...merged, ADMIN_ROLE] : merged;
    await this.note(linked, granted, either);
    return { user: changed, granted };
  }

  private async isLinked({ id, key }: LinkedIdentity): Promise<boolean> {
    return (await this.identities.findByKey(key))?.id === id;
  }

  /** @param merge - of what they have when it is changed: what an administrator has just taken from them must not come back */
  private async change(
    user: User,
    merge: (held: readonly string[]) => readonly string[],
    place: Omit<SignInPlace, 'userAgent'>,
  ): Promise<{ readonly user: User; readonly held: readonly string[]; readonly isLastAdmin: boolean }> {
    const outcome = await this.rights.changeUser(user.id, { roles: merge }, this.spread.mark('role_changed'));
    if (outcome.kind === 'changed') {
      const { before, after, rows } = outcome;
      await this.spread.run(rows);
      const { ipAddress, requestId } = place;
      const details = { by: 'provider', before: before.roles.join(' '), after: after.roles.join(' ') };
      this.audit.record({ kind: 'roles.changed', userId: user.id, ipAddress, requestId, details });
      return { user: after, held: before.roles, isLastAdmin: false };
    }
    // The last administrator stays one: a slip in a role map must not lock everybody out.
    if (outcome.kind === 'last-admin') {
      const staying = (held: readonly string[]) => [...merge(held), ...held.filter((role) => role === ADMIN_ROLE)];
      return { ...(await this.change(user, staying, place)), isLastAdmin: true };
    }
    const now = outcome.kind === 'unchanged' ? outcome.user : user;
    return { user: now, held: now.roles, isLastAdmin: false };
  }

  private async note({ id }: LinkedIdentity, roles: readonly string[], before: readonly string[]): Promise<void> {
    const isSame = roles.length === before.length && roles.every((role) => before.includes(role));
    if (!isSame) await this.identities.noteGranted(id, roles);
  }
}
