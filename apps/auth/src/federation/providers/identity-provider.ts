import type { OidcClient, ProviderSettings } from '@gatehouse/oidc';

/** What is made here of what a provider says. */
export interface ProviderRules {
  /** For the list people choose from. */
  readonly displayName: string;
  /** The provider's word for a role -> roles here. */
  readonly roleMap: ReadonlyMap<string, readonly string[]>;
  /** `invite-only`: somebody who is linked to no account gets none. */
  readonly signUp: 'allow' | 'invite-only';
  /**
   * Which addresses become that of a new account: those the provider has proven, all of them (where its administrators give them out), or
   * none. An address never links anybody to an account.
   */
  readonly email: 'verified' | 'always' | 'never';
  /** Scopes an access token of the provider must have, one of them, to be exchanged for a session; `undefined`: none is taken. */
  readonly bearerScopes: readonly string[] | undefined;
}

/** A provider as the configuration tells of it. */
export interface ProviderConfig {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly rules: ProviderRules;
}

export interface IdentityProvider extends Pick<ProviderConfig, 'name' | 'rules'> {
  readonly client: OidcClient;
}
