import { IdentityRefused, ProviderNotFound } from '../federation.errors.js';
import { askProvider, SERVICE_PATIENCE_MS } from '../providers/ask-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import type { FederatedSignedIn, FederatedSignIn } from './federated-sign-in.js';
import type { SignInPlace } from './place.js';
import type { TakeOnce } from './take-once.js';

export interface BearerCommand extends SignInPlace {
  readonly providerName: string;
  /** As sent. */
  readonly accessToken: string;
  readonly deviceToken?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly sessionChoice?: string | undefined;
}

/** The client of sessions that began with a provider's access token. */
const CLIENT_ID = 'web';

/** Exchanges an access token that a provider has issued for us, such as Entra's for our API, for a session. Each token once. */
export class ExchangeBearer {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly once: TakeOnce,
    private readonly signIn: Pick<FederatedSignIn, 'run'>,
  ) {}

  /**
   * @throws {ProviderNotFound} also for a provider whose access tokens are not taken.
   * @throws {IdentityRefused} {ProviderUnavailable}, and what a federated sign-in throws.
   */
  async run({ providerName, accessToken, ...command }: BearerCommand): Promise<FederatedSignedIn> {
    const provider = this.providers.get(providerName);
    const { bearerScopes } = provider.rules;
    if (!bearerScopes) throw new ProviderNotFound();
    const identity = await askProvider(() => provider.client.verifyBearer(accessToken), SERVICE_PATIENCE_MS);
    // A service's own token stands for nobody; and one that was issued for something else must not open everything.
    const isForThis = identity.scopes.some((scope) => bearerScopes.includes(scope));
    if (identity.subjectKind !== 'person' || !isForThis) throw new IdentityRefused('SCOPE_MISSING');
    await this.once.token(accessToken, identity.expiresAtMs + 120_000);
    return this.signIn.run({ ...command, provider, identity, clientId: CLIENT_ID });
  }
}
