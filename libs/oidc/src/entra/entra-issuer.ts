import { OidcError } from '../client/oidc-error.js';
import type { IssuerRule } from '../provider/issuer-rule.js';
import type { EntraSettings } from '../provider/provider-settings.js';
import { own, type JsonObject } from '../provider/strict-json.js';
import { authorityOf } from './clouds.js';
import { CONSUMERS_TENANT, isGuid, isMultiTenant } from './tenants.js';

const PLACE = '{tenantid}';

/**
 * Entra's issuer holds the tenant. One set of keys signs for all tenants there are, so a good signature says nothing about
 * whose token it is: the tenant must be a GUID that may come in, `iss` must be the issuer of just that tenant, and the key
 * must be one for that issuer.
 */
export class EntraIssuer implements IssuerRule {
  readonly discoveryUrl: URL;
  private readonly authority: string;
  private readonly allowed: ReadonlySet<string>;

  constructor(private readonly settings: EntraSettings) {
    this.authority = authorityOf(settings);
    this.allowed = new Set(settings.allowedTenants.map((tenant) => tenant.toLowerCase()));
    this.discoveryUrl = new URL(`${this.authority}/${settings.tenant}/v2.0/.well-known/openid-configuration`);
  }

  acceptsMetadata(issuer: string): boolean {
    const { tenant } = this.settings;
    const template = this.issuerFor(PLACE);
    if (isMultiTenant(tenant)) return issuer === template;
    if (tenant === 'consumers') return issuer === template || issuer === this.issuerFor(CONSUMERS_TENANT);
    return this.acceptsIssuer(issuer);
  }

  issuerOf(claims: JsonObject, metadataIssuer: string): string {
    // A logout token need not name the tenant beside its issuer.
    const tenant = own(claims, 'tid') ?? this.tenantIn(own(claims, 'iss'));
    if (!isGuid(tenant)) throw new OidcError('refused', 'TOKEN_INVALID', 'the token names no tenant');
    const issuer = metadataIssuer.replace(PLACE, tenant);
    // Where the tenant was configured by its domain, the metadata says which one it is.
    const isThis =
      metadataIssuer.includes(PLACE) || this.tenantIn(metadataIssuer)?.toLowerCase() === tenant.toLowerCase();
    if (!isThis || !this.allows(tenant)) {
      throw new OidcError('refused', 'TENANT_NOT_ALLOWED', 'the token belongs to a tenant that is not let in');
    }
    return issuer;
  }

  acceptsKey(keyIssuer: unknown, tokenIssuer: string, metadataIssuer: string): boolean {
    const isTemplated = metadataIssuer.includes(PLACE);
    if (keyIssuer === undefined) return !isTemplated;
    return keyIssuer === tokenIssuer || keyIssuer === this.issuerFor(PLACE);
  }

  acceptsIssuer(issuer: string): boolean {
    const tenant = this.tenantIn(issuer);
    return tenant !== undefined && this.allows(tenant);
  }

  private allows(tenantId: string): boolean {
    const tenant = tenantId.toLowerCase();
    const configured = this.settings.tenant.toLowerCase();
    if (isMultiTenant(configured)) return this.allowed.has(tenant);
    if (configured === 'consumers') return tenant === CONSUMERS_TENANT;
    if (isGuid(configured)) return tenant === configured;
    return this.allowed.size === 0 || this.allowed.has(tenant);
  }

  /** The GUID in an issuer of this authority. */
  private tenantIn(issuer: unknown): string | undefined {
    if (typeof issuer !== 'string') return undefined;
    const tenant = issuer.slice(this.authority.length + 1, -'/v2.0'.length);
    return isGuid(tenant) && issuer === this.issuerFor(tenant) ? tenant : undefined;
  }

  private issuerFor(tenant: string): string {
    return `${this.authority}/${tenant}/v2.0`;
  }
}
