import { AppError } from '@gatehouse/failures';
import { OidcError, type OidcClient } from '@gatehouse/oidc';
import { ProviderNotBelieved, ProviderSaidNo, ProviderUnavailable, UnknownProvider } from './login.errors.js';

/** The identity providers of this gateway, by name. */
export class Providers {
  /**
   * @param defaultName - `undefined` where people choose
   * @param names - what people read; the name itself where there is no other
   */
  constructor(
    private readonly clients: ReadonlyMap<string, OidcClient>,
    readonly defaultName: string | undefined,
    private readonly names: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** What people may choose from, in the order of the configuration. */
  list(): readonly { readonly name: string; readonly label: string }[] {
    return [...this.clients.keys()].map((name) => ({ name, label: this.names.get(name) ?? name }));
  }

  /** @throws {UnknownProvider} */
  get(name: string): OidcClient {
    const client = this.clients.get(name);
    if (!client) throw new UnknownProvider();
    return client;
  }
}

/**
 * What a provider's refusal means for the person who waits. The provider's own words stay out: whoever writes them would write
 * onto our page.
 */
export function inOurWords(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof OidcError)) return error;
  const cause = { cause: error };
  switch (error.kind) {
    case 'unavailable':
      return new ProviderUnavailable('the provider does not answer', cause);
    case 'denied':
      return new ProviderSaidNo('the provider said no', cause);
    case 'refused':
      return new ProviderNotBelieved('the provider’s answer was not accepted', cause);
  }
}
