import type { Script } from './provider-options.js';
import type { EndpointName } from './lies.js';

/** Where everything is at the scripted provider, in both shapes. */
export class ProviderAddresses {
  constructor(
    private readonly script: Pick<Script, 'kind' | 'tenantId'>,
    readonly origin: string,
  ) {}

  /** Issuer of tokens for people of one tenant; the origin where the provider is generic. */
  issuer(tenantId = this.script.tenantId): string {
    return this.script.kind === 'entra' ? `${this.origin}/${tenantId}/v2.0` : this.origin;
  }

  /** What the metadata under one path segment calls the issuer: the template where the segment is not a tenant. */
  advertisedIssuer(segment: string): string {
    return this.issuer(isTenant(segment) ? segment : '{tenantid}');
  }

  metadata(segment: string): Record<string, unknown> {
    const entra = this.script.kind === 'entra';
    const base = entra ? `${this.origin}/${segment}` : this.origin;
    return {
      issuer: entra ? this.advertisedIssuer(segment) : this.origin,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      userinfo_endpoint: `${this.origin}/oidc/userinfo`,
      response_types_supported: ['code', 'id_token', 'code id_token'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      token_endpoint_auth_methods_supported: entra
        ? ['client_secret_post', 'private_key_jwt', 'client_secret_basic']
        : ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'none'],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
      code_challenge_methods_supported: entra ? undefined : ['S256'],
      authorization_response_iss_parameter_supported: entra ? undefined : true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      backchannel_logout_supported: entra ? undefined : true,
      backchannel_logout_session_supported: entra ? undefined : true,
      http_logout_supported: entra ? true : undefined,
      tenant_region_scope: entra && isTenant(segment) ? 'EU' : undefined,
      cloud_instance_name: entra ? 'microsoftonline.com' : undefined,
    };
  }

  /** Which endpoint a path belongs to, and the tenant segment in front of it. */
  find(path: string): { endpoint: EndpointName; segment: string } | undefined {
    if (path.startsWith('/graph/')) return { endpoint: 'graph', segment: '' };
    if (path === '/oidc/userinfo') return { endpoint: 'userinfo', segment: '' };
    const [, segment = '', rest = ''] =
      (this.script.kind === 'entra' ? /^\/([^/]+)(\/.*)$/ : /^()(\/.*)$/).exec(path) ?? [];
    const endpoint = endpoints[rest.replace(/^\/v2\.0(?=\/\.well-known)/, '')];
    return endpoint && { endpoint, segment };
  }
}

const endpoints: Readonly<Record<string, EndpointName | undefined>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/discovery/v2.0/keys': 'jwks',
  '/oauth2/v2.0/authorize': 'authorize',
  '/oauth2/v2.0/token': 'token',
  '/oauth2/v2.0/logout': 'end_session',
};

function isTenant(segment: string): boolean {
  return !['common', 'organizations', 'consumers'].includes(segment);
}
