import { type ConfigOf, secretText } from '@gatehouse/config';
import type { ProviderConfig } from '../federation/providers/identity-provider.js';
import { readProviders } from '../federation/providers/read-providers.js';

/** Variables about signing in elsewhere. */
export const federationFields = {
  IDENTITY_PROVIDERS: secretText()
    .optional()
    .describe(
      'Identity providers people may sign in with, as YAML or JSON: a map of names to settings (docs/auth/federation.md). It holds secrets, so a file is the usual place',
    ),
};

type FederationConfig = ConfigOf<typeof federationFields>;

/** The providers, none where none are given. */
export function providersOf({ IDENTITY_PROVIDERS: text }: FederationConfig): readonly ProviderConfig[] {
  return text === undefined ? [] : readProviders(text.reveal()).providers;
}

/** Names and rules, never values. */
export function providersAreSound(config: FederationConfig & { readonly NODE_ENV: string }): readonly string[] {
  const { IDENTITY_PROVIDERS: text } = config;
  if (text === undefined) return [];
  const { faults, insecure } = readProviders(text.reveal());
  const refused = config.NODE_ENV === 'production' ? insecure : [];
  return [
    ...faults.map((fault) => `IDENTITY_PROVIDERS ${fault}`),
    ...refused.map((name) => `IDENTITY_PROVIDERS ${name}.allowInsecure is for development, not for production`),
  ];
}
