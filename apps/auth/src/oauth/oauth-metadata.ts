import { CLIENT_KEY_ALGORITHMS } from '../service-accounts/client-keys.js';

/** Where the OAuth routes are, below the public address. */
export const TOKEN_PATH = '/api/v1/auth/token';
export const INTROSPECTION_PATH = '/api/v1/auth/introspect';
export const REVOCATION_PATH = '/api/v1/auth/revoke';

const AUTHENTICATED = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
/** `none`: clients of persons, which have no secret. */
const ANY = [...AUTHENTICATED, 'none'];

/** The part of the metadata (RFC 8414 §2) that the OAuth routes make true; a test asks each of them. */
export function oauthMetadata(publicUrl: string): Record<string, unknown> {
  const signing = [...CLIENT_KEY_ALGORITHMS];
  return {
    token_endpoint: `${publicUrl}${TOKEN_PATH}`,
    token_endpoint_auth_methods_supported: ANY,
    token_endpoint_auth_signing_alg_values_supported: signing,
    introspection_endpoint: `${publicUrl}${INTROSPECTION_PATH}`,
    introspection_endpoint_auth_methods_supported: AUTHENTICATED,
    introspection_endpoint_auth_signing_alg_values_supported: signing,
    revocation_endpoint: `${publicUrl}${REVOCATION_PATH}`,
    revocation_endpoint_auth_methods_supported: ANY,
    revocation_endpoint_auth_signing_alg_values_supported: signing,
    grant_types_supported: ['client_credentials', 'refresh_token'],
  };
}
