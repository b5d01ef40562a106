import type { Tenant } from './tenant-provider.js';

/** Path segments under which Entra takes people of each tenant. */
export const ANY_TENANT: readonly string[] = ['organizations', 'common'];

/** Metadata as Entra gives it under such a segment: an issuer with a gap for the tenant. */
export function templatedMetadata(
  metadata: Readonly<Record<string, unknown>>,
  home: string,
  segment: string,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replace(`/${home}/`, name === 'issuer' ? '/{tenantid}/' : `/${segment}/`)
        : value,
    ]),
  );
}

/** The tenant that gave out a code or a refresh token. */
export async function tenantOf(form: URLSearchParams, tenants: readonly Tenant[]): Promise<Tenant | undefined> {
  for (const tenant of tenants) {
    const { AuthorizationCode, RefreshToken } = tenant.provider;
    const found =
      (await AuthorizationCode.find(form.get('code') ?? '', { ignoreExpiration: true })) ??
      (await RefreshToken.find(form.get('refresh_token') ?? '', { ignoreExpiration: true }));
    if (found) return tenant;
  }
  return undefined;
}
