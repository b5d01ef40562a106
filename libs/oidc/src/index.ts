export { createOidcClient, ProviderMisconfigured, type OidcClientOptions } from './client/create-oidc-client.js';
export * from './client/oidc-client.port.js';
export * from './client/oidc-error.js';
export type { OidcWarning } from './client/oidc-warning.js';
export * from './identity/external-identity.js';
export { addressFault } from './provider/address-rule.js';
export { textWithin } from './provider/text-within.js';
export { personKey, type PersonFacts } from './identity/person-key.js';
export * from './provider/provider-settings.js';
