export * from './client/oidc-client.port.js';
export * from './client/oidc-error.js';
export * from './identity/external-identity.js';
export * from './provider/provider-settings.js';
