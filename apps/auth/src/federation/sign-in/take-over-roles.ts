import type { UserRepository } from '../../users/user-repository.port.js';
import { IdentityNotFound } from '../federation.errors.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import { askProvider, SERVICE_PATIENCE_MS } from '../providers/ask-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import type { ApplyProviderRoles } from './apply-provider-roles.js';
import type { SignInPlace } from './place.js';
import { ID_TOKEN_MAX_AGE_MS, type TakeOnce } from './take-once.js';

export interface RolesCommand extends Omit<SignInPlace, 'userAgent'> {
  readonly providerName: string;
  /** Of a refresh at the provider: without a nonce, since nobody has signed in. */
  readonly idToken: string;
}

/**
 * Takes over what a provider says today of somebody who has signed in before. Opens nothing: an ID token that gets here changes the roles
 * of whom it is about to those its provider has signed, and counts once.
 */
export class TakeOverRoles {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly once: TakeOnce,
    private readonly identities: Pick<IdentityStore, 'findByKey'>,
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly roles: Pick<ApplyProviderRoles, 'run'>,
  ) {}

  /**
   * @returns the roles the person then has; they count everywhere.
   * @throws {ProviderNotFound} {ProviderUnavailable} {DatabaseUnavailable}
   * @throws {IdentityRefused} for an ID token that is not good, too old, or that was taken before.
   * @throws {IdentityNotFound} for somebody who is linked to nobody here.
   */
  async run({ providerName, idToken, ...place }: RolesCommand): Promise<readonly string[]> {
    const provider = this.providers.get(providerName);
    const verify = () => provider.client.verifyIdToken(idToken, { maxAgeMs: ID_TOKEN_MAX_AGE_MS });
    const identity = await askProvider(verify, SERVICE_PATIENCE_MS);
    await this.once.idToken(idToken);
    const linked = await this.identities.findByKey(identity.key);
    const user = linked && (await this.users.findById(linked.userId));
    if (!user) throw new IdentityNotFound();
    return (await this.roles.run(user, linked, { provider, identity }, place)).roles;
  }
}
