import type { OidcClient } from '@gatehouse/oidc';
import { ProviderNotFound } from '../federation.errors.js';
import type { IdentityProvider, ProviderConfig } from './identity-provider.js';

/** The providers people may come from. None of them is asked for anything before somebody comes. */
export class IdentityProviders {
  private readonly providers: ReadonlyMap<string, IdentityProvider>;

  constructor(configs: readonly ProviderConfig[], clientOf: (config: ProviderConfig) => OidcClient) {
    const entries = configs.map((config): [string, IdentityProvider] => {
      const { name, rules } = config;
      return [name, { name, rules, client: clientOf(config) }];
    });
    this.providers = new Map(entries);
  }

  /** @throws {ProviderNotFound} */
  get(name: string): IdentityProvider {
    const provider = this.providers.get(name);
    if (!provider) throw new ProviderNotFound();
    return provider;
  }

  list(): readonly IdentityProvider[] {
    return [...this.providers.values()];
  }
}
