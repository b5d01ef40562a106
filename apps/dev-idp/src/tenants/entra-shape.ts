import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { templatedMetadata } from './any-tenant.js';

const ISS_ADVERTISED = 'authorization_response_iss_parameter_supported';

/** A request that names no tenant in its path but `organizations` or `common`. */
export interface AnyTenantRequest extends IncomingMessage {
  readonly anyTenant?: string;
}

/** What Entra does otherwise than the library: its JWKs name their issuer, and its callback names none. */
export function entraShaped(context: KoaContextWithOIDC, origin: string, tenantId: string): void {
  // Undefined where no route matched.
  const { route } = (context.oidc as KoaContextWithOIDC['oidc'] | undefined) ?? {};
  const segment = (context.req as AnyTenantRequest).anyTenant;
  if (route === 'discovery') {
    const { [ISS_ADVERTISED]: _dropped, ...metadata } = context.body as Record<string, unknown>;
    context.body = segment === undefined ? metadata : templatedMetadata(metadata, tenantId, segment);
  }
  if (route === 'jwks') {
    const { keys } = context.body as { keys: object[] };
    const issuer = `${origin}/${segment === undefined ? tenantId : '{tenantid}'}/v2.0`;
    context.body = { keys: keys.map((key) => ({ ...key, issuer })) };
  }
  const location = context.response.get('location');
  if ((route === 'authorization' || route === 'resume') && URL.canParse(location)) {
    const target = new URL(location);
    target.searchParams.delete('iss');
    context.set('location', target.href);
  }
}
