import { readFile } from 'node:fs/promises';
import {
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  type ClientAuth,
} from 'openid-client';
import type { Clock } from '@gatehouse/kernel';
import type { ProviderMetadata } from '../provider/metadata.js';
import type { ClientCredential, ProviderSettings } from '../provider/provider-settings.js';
import { readClientKey, type ClientKey } from './client-key.js';
import { OidcError } from './oidc-error.js';
import type { Warn } from './oidc-warning.js';

/** How we prove to the token endpoint who we are, fitted to what the provider says it takes. */
export type ClientAuthentication = (metadata: ProviderMetadata) => Promise<ClientAuth>;

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_SECONDS = 60;
const SOON_MS = 30 * 86_400_000;

/** @throws {Error} for a key or a certificate that cannot be used. */
export function clientAuthentication(
  { credential, type }: Pick<ProviderSettings, 'credential' | 'type'>,
  clock: Clock,
  warn: Warn,
): ClientAuthentication {
  switch (credential.type) {
    case 'none':
      return () => Promise.resolve(None());
    case 'secret':
      return (metadata) => Promise.resolve(withSecret(credential.secret, metadata));
    case 'federated':
      return () => Promise.resolve(withAssertionFrom(credential.tokenFile));
    case 'certificate':
    case 'private_key':
      return withKey(keyOf(credential, clock, warn), type === 'entra', clock);
  }
}

function withSecret(secret: string, { token_endpoint_auth_methods_supported: methods }: ProviderMetadata): ClientAuth {
  const onlyBasic = methods?.includes('client_secret_basic') && !methods.includes('client_secret_post');
  return onlyBasic ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

/** Kubernetes and its like put a new token into the file before the old one ends, so it is read for each call. */
function withAssertionFrom(file: string): ClientAuth {
  const authenticate = async (_: unknown, client: { client_id: string }, body: URLSearchParams) => {
    const assertion = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion) || assertion.length > 16_384) {
      throw new OidcError('unavailable', 'PROVIDER_ERROR', 'the file of the federated credential holds no token');
    }
    body.set('client_id', client.client_id);
    body.set('client_assertion_type', JWT_BEARER);
    body.set('client_assertion', assertion);
  };
  // openid-client awaits it, though its type does not say so.
  return authenticate as ClientAuth;
}

function withKey(key: ClientKey, isEntra: boolean, clock: Clock): ClientAuthentication {
  return async ({ token_endpoint: tokenEndpoint, token_endpoint_auth_signing_alg_values_supported: listed }) => {
    const cryptoKey = await key.forProvider(isEntra ? ['PS256'] : listed);
    return PrivateKeyJwt(
      { key: cryptoKey, ...(key.kid !== undefined && { kid: key.kid }) },
      {
        [modifyAssertion]: (header, claims) => {
          const now = clock.nowSeconds();
          Object.assign(header, { typ: 'JWT', ...key.thumbprints });
          Object.assign(claims, { iat: now, nbf: now, exp: now + ASSERTION_SECONDS });
          // Entra wants its token endpoint here; elsewhere the issuer keeps one server from using it at another.
          if (isEntra) claims['aud'] = tokenEndpoint;
        },
      },
    );
  };
}

function keyOf(credential: Extract<ClientCredential, { privateKeyPem: string }>, clock: Clock, warn: Warn): ClientKey {
  const key = readClientKey(credential);
  if (key.certificateEndsAtMs !== undefined && key.certificateEndsAtMs < clock.nowMs() + SOON_MS) {
    warn('CERTIFICATE_ENDS', 'the certificate of the client ends within 30 days, or has ended');
  }
  return key;
}
