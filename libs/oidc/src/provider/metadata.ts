import { z } from 'zod';
import { OidcError } from '../client/oidc-error.js';
import { addressFault } from './address-rule.js';
import type { IssuerRule } from './issuer-rule.js';
import type { JsonObject } from './strict-json.js';

/** What we use of the provider's metadata (OpenID Connect Discovery 1.0, section 3), checked. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly end_session_endpoint?: string;
  readonly id_token_signing_alg_values_supported?: readonly string[];
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly authorization_response_iss_parameter_supported?: boolean;
}

const address = z.string().max(2_048);
const names = z.array(z.string().max(64)).max(64).optional();
const document = z.object({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  end_session_endpoint: address.optional(),
  id_token_signing_alg_values_supported: names,
  token_endpoint_auth_methods_supported: names,
  token_endpoint_auth_signing_alg_values_supported: names,
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint'] as const;

/** @throws {OidcError} `refused` where something is not as it must be; never with what stands there. */
export function readMetadata(json: JsonObject, rule: IssuerRule, allowInsecure: boolean): ProviderMetadata {
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    const member = String(parsed.error.issues[0]?.path[0] ?? 'something');
    throw new OidcError('refused', 'DISCOVERY_FAILED', `the provider's metadata has no usable ${member}`);
  }
  const metadata = parsed.data;
  // The metadata of somebody else would send us, and everybody who signs in, to somebody else.
  if (!rule.acceptsMetadata(metadata.issuer)) {
    throw new OidcError('refused', 'ISSUER_MISMATCH', "the provider's metadata names an issuer that is not configured");
  }
  for (const name of ENDPOINTS) {
    const value = metadata[name];
    const fault = value === undefined ? undefined : endpointFault(value, allowInsecure);
    if (fault) throw new OidcError('refused', 'DISCOVERY_FAILED', `${name} in the provider's metadata ${fault}`);
  }
  return metadata;
}

function endpointFault(value: string, allowInsecure: boolean): string | undefined {
  if (!URL.canParse(value)) return 'is no address';
  const url = new URL(value);
  return url.hash === '' ? addressFault(url, allowInsecure) : 'holds a fragment';
}
