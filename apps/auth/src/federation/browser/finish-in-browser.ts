import type { Clock } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import { askProvider } from '../providers/ask-provider.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import { OAuthStateLost } from '../federation.errors.js';
import type { TakeOnce } from '../sign-in/take-once.js';
import { type BrowserTransaction, TRANSACTION_TTL_MS } from './transaction-cookie.js';

export interface Returned {
  readonly provider: IdentityProvider;
  readonly identity: ExternalIdentity;
}

/** Takes in somebody who comes back from a provider, once, in the browser in which they left. */
export class FinishInBrowser {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly once: TakeOnce,
    private readonly publicUrl: string,
    private readonly clock: Clock,
  ) {}

  /**
   * @param search - the query they came with, from `?` on
   * @throws {OAuthStateLost} when nothing was begun here, or it came back before.
   * @throws {IdentityRefused} {ProviderUnavailable} {ProviderNotFound} {DatabaseUnavailable}
   */
  async run(providerName: string, search: string, kept: BrowserTransaction | undefined): Promise<Returned> {
    const provider = this.providers.get(providerName);
    if (kept?.transaction.provider !== provider.name) throw new OAuthStateLost();
    const { transaction } = kept;
    await this.once.note('transaction', transaction.state, this.clock.nowMs() + 2 * TRANSACTION_TTL_MS);
    const callback = new URL(`${this.publicUrl}/api/v1/auth/oauth/${provider.name}/callback${search}`);
    const { identity, tokens } = await askProvider(() => provider.client.finish(callback, transaction));
    // Nor may anybody hand it in elsewhere.
    await this.once.idToken(tokens.idToken);
    return { provider, identity };
  }
}
