import type { ExternalIdentity } from '@gatehouse/oidc';
import type { RightsStore } from '../../roles/rights-store.port.js';
import type { IdentityProvider } from '../providers/identity-provider.js';

/** Roles here that a provider's words come to, sorted. Words nobody has mapped give nothing. */
export function mappedRoles(
  { rules }: Pick<IdentityProvider, 'rules'>,
  identity: Pick<ExternalIdentity, 'roles'>,
): string[] {
  return [...new Set(identity.roles.flatMap((role) => rules.roleMap.get(role) ?? []))].sort();
}

/**
 * Defines what a role map names and nobody has defined yet, without any permission: whoever wrote the map meant it to be there, and services
 * ask for it by name.
 *
 * @throws {DatabaseUnavailable}
 */
export async function defineRoles(
  rights: Pick<RightsStore, 'roles' | 'createRole'>,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const defined = new Set((await rights.roles()).map(({ name }) => name));
  // Another instance may be quicker; then it is there as well.
  for (const name of names) if (!defined.has(name)) await rights.createRole(name, []);
}

export interface Merged {
  /** All the user is to have. */
  readonly roles: readonly string[];
  /** Those of them that this identity alone is the reason for. */
  readonly granted: readonly string[];
}

/**
 * Puts what a provider says now in place of what it said before. Roles that were given here stay, whatever it says, and so do those that
 * another identity of the person brought.
 *
 * @param before - granted through this identity so far
 * @param others - granted through the person's other identities
 */
export function mergedRoles(
  held: readonly string[],
  before: readonly string[],
  others: readonly string[],
  wanted: readonly string[],
): Merged {
  const ofProviders = new Set([...before, ...others]);
  const local = held.filter((role) => !ofProviders.has(role));
  const kept = held.filter((role) => !before.includes(role) || others.includes(role));
  return {
    roles: [...new Set([...kept, ...wanted])],
    granted: wanted.filter((role) => !local.includes(role)),
  };
}
