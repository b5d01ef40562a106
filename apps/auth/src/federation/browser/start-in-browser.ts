import type { StartOptions } from '@gatehouse/oidc';
import { askProvider, SERVICE_PATIENCE_MS } from '../providers/ask-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import type { BrowserTransaction, Ending } from './transaction-cookie.js';

export interface StartCommand extends Pick<StartOptions, 'prompt' | 'maxAgeSeconds' | 'loginHint'> {
  readonly providerName: string;
  /** Judged by `isReturnTo`. */
  readonly returnTo: string;
  readonly ending: Ending;
}

/** Sends somebody to a provider, and says what their browser is to keep meanwhile. */
export class StartInBrowser {
  /** @param publicUrl - address under which browsers reach this service, without a slash at the end; never from a request */
  constructor(
    private readonly providers: IdentityProviders,
    private readonly publicUrl: string,
  ) {}

  /** @throws {ProviderNotFound} {ProviderUnavailable} {IdentityRefused} where the provider is not who it should be. */
  async run({ providerName, returnTo, ending, ...options }: StartCommand): Promise<{
    readonly redirectTo: URL;
    readonly kept: BrowserTransaction;
  }> {
    const { client, name } = this.providers.get(providerName);
    const redirectUri = `${this.publicUrl}/api/v1/auth/oauth/${name}/callback`;
    const { redirectTo, transaction } = await askProvider(
      () => client.start({ ...options, redirectUri }),
      SERVICE_PATIENCE_MS,
    );
    return { redirectTo, kept: { transaction, returnTo, ending } };
  }
}
