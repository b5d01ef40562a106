import { askProvider, SERVICE_PATIENCE_MS } from '../providers/ask-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import type { FederatedSignedIn, FederatedSignIn } from './federated-sign-in.js';
import type { SignInPlace } from './place.js';
import { ID_TOKEN_MAX_AGE_MS, type TakeOnce } from './take-once.js';

export interface SignInForServiceCommand extends SignInPlace {
  readonly providerName: string;
  readonly idToken: string;
  /** The one the service has sent the person to the provider with. */
  readonly nonce: string;
  readonly sessionChoice?: string | undefined;
}

/** The client of sessions that a gateway keeps. */
export const GATEWAY_CLIENT_ID = 'gateway';

/**
 * Opens a session for somebody who came back from a provider to a service of ours. The service is believed in one thing only: where the
 * browser is. Who the person is, the provider's signature says; so whoever steals the service's secret opens no session by it alone.
 */
export class SignInForService {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly once: TakeOnce,
    private readonly signIn: Pick<FederatedSignIn, 'run'>,
  ) {}

  /**
   * @throws {ProviderNotFound} {ProviderUnavailable}
   * @throws {IdentityRefused} for an ID token that is not good, not meant, too old, or that was taken before.
   */
  async run({ providerName, idToken, nonce, ...command }: SignInForServiceCommand): Promise<FederatedSignedIn> {
    const provider = this.providers.get(providerName);
    const expected = { nonce, maxAgeMs: ID_TOKEN_MAX_AGE_MS };
    const verify = () => provider.client.verifyIdToken(idToken, expected);
    const identity = await askProvider(verify, SERVICE_PATIENCE_MS);
    await this.once.idToken(idToken);
    return this.signIn.run({ ...command, provider, identity, clientId: GATEWAY_CLIENT_ID });
  }
}
