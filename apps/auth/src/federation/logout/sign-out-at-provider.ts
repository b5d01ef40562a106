import type { IdentityStore } from '../identities/identity-store.port.js';
import type { IdentityProviders } from '../providers/identity-providers.js';

/** Where a browser signs out at the provider its session came from (OpenID Connect RP-Initiated Logout 1.0). */
export class SignOutAtProvider {
  /** @param appUrl - where the application is, without a slash at the end; its front page is to be registered there, to the letter */
  constructor(
    private readonly identities: Pick<IdentityStore, 'findSession'>,
    private readonly providers: Pick<IdentityProviders, 'list'>,
    private readonly appUrl: string,
  ) {}

  /**
   * @returns `undefined` where the session began elsewhere, or the provider has no such address. Without a hint at whom: no token of the
   *   provider is kept here, and the browser that goes there knows.
   * @throws {OidcError} {DatabaseUnavailable}
   */
  async run(sessionId: string): Promise<URL | undefined> {
    const session = await this.identities.findSession(sessionId);
    const provider = this.providers.list().find(({ name }) => name === session?.provider);
    return provider?.client.endSessionUrl({ postLogoutRedirectUri: `${this.appUrl}/` });
  }
}
