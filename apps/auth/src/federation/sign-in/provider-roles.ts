import type { ExternalIdentity } from '@gatehouse/oidc';
import type { IdentityProvider } from '../providers/identity-provider.js';

/** Roles here that a provider's words come to, of those that are defined. Words nobody has mapped give nothing. */
export function mappedRoles(
  { rules }: Pick<IdentityProvider, 'rules'>,
  identity: Pick<ExternalIdentity, 'roles'>,
  defined: ReadonlySet<string>,
): string[] {
  const wanted = identity.roles.flatMap((role) => rules.roleMap.get(role) ?? []);
  return [...new Set(wanted)].filter((role) => defined.has(role)).sort();
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
