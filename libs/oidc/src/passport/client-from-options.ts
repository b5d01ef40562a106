import { createOidcClient, ProviderMisconfigured } from '../client/create-oidc-client.js';
import type { OidcClient } from '../client/oidc-client.port.js';
import { isMultiTenant } from '../entra/tenants.js';
import { providerSettings } from '../provider/provider-settings.js';
import { optionFaults, StrategyMisconfigured } from './option-faults.js';
import type { AzureAdBearerOptions, AzureAdOptions } from './strategy-options.js';

const METADATA = /^(https?:\/\/[^/]+)\/([^/]+)\/(v2\.0\/)?\.well-known\/openid-configuration$/;
const ISSUER = /^https?:\/\/[^/]+\/([0-9a-f-]{36})\/v2\.0\/?$/i;
const CLOUDS: Readonly<Record<string, 'public' | 'usgov' | 'china'>> = {
  'https://login.microsoftonline.com': 'public',
  'https://login.microsoftonline.us': 'usgov',
  'https://login.partner.microsoftonline.cn': 'china',
};

/** @throws {StrategyMisconfigured} with everything that is wrong in one list. */
export function loginClient(name: string, options: AzureAdOptions): OidcClient {
  const scopes = new Set(['openid', ...listOf(options.scope ?? 'profile email')]);
  const credential =
    options.credential ??
    (options.clientSecret === undefined ? undefined : { type: 'secret', secret: options.clientSecret });
  const faults = [...optionFaults(options, 'login'), ...redirectFaults(options.redirectUrl)];
  if (!options.client && credential === undefined) {
    faults.push("clientSecret or credential is missing; a public client writes credential: { type: 'none' }");
  }
  if (options.cookieSecret === undefined && options.transactions === undefined) {
    faults.push('cookieSecret is missing: at least 32 random bytes, the same on each instance');
  } else if (options.cookieSecret !== undefined && Buffer.byteLength(options.cookieSecret) < 32) {
    faults.push('cookieSecret must be at least 32 bytes long');
  }
  return givenClient(options, faults) ?? entraClient(name, options, { credential, scopes: [...scopes] }, faults);
}

/** @throws {StrategyMisconfigured} with everything that is wrong in one list. */
export function bearerClient(name: string, options: AzureAdBearerOptions): OidcClient {
  const faults = optionFaults(options, 'bearer');
  const more = { credential: { type: 'none' }, bearerAudiences: listOf(options.audience) };
  return givenClient(options, faults) ?? entraClient(name, options, more, faults);
}

export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? value.split(' ').filter(Boolean) : (value ?? []);
}

function givenClient({ client }: { readonly client?: OidcClient }, faults: readonly string[]): OidcClient | undefined {
  if (client && faults.length > 0) throw new StrategyMisconfigured(faults);
  return client;
}

function entraClient(
  name: string,
  options: AzureAdOptions | AzureAdBearerOptions,
  more: Readonly<Record<string, unknown>>,
  faults: string[],
): OidcClient {
  const { clientID: clientId, allowInsecure = false } = options;
  const { authority, tenant } = metadataOf(options.identityMetadata, faults);
  const allowedTenants = [...(options.allowedTenants ?? []), ...tenantsOf(options.issuer, faults)];
  if (isMultiTenant(tenant) && allowedTenants.length === 0) {
    faults.push(`identityMetadata names ${tenant}, so allowedTenants must list the tenants whose people may come in`);
  }
  if (!clientId) faults.push('clientID is missing');
  if (faults.length > 0) throw new StrategyMisconfigured(faults);
  const cloud = CLOUDS[authority];
  const parsed = providerSettings.safeParse({
    type: 'entra',
    ...(cloud ? { cloud } : { authority }),
    tenant,
    clientId,
    allowedTenants,
    allowInsecure,
    ...more,
  });
  if (!parsed.success) {
    throw new StrategyMisconfigured(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  try {
    return createOidcClient(name, parsed.data);
  } catch (error) {
    if (!(error instanceof ProviderMisconfigured)) throw error;
    throw new StrategyMisconfigured([error.message]);
  }
}

function metadataOf(address: string | undefined, faults: string[]): { authority: string; tenant: string } {
  const [, authority = '', tenant = '', version] = METADATA.exec(address ?? '') ?? [];
  if (authority === '') {
    faults.push(
      'identityMetadata must be https://login.microsoftonline.com/<tenant>/v2.0/.well-known/openid-configuration',
    );
  } else if (version === undefined) {
    faults.push(
      'identityMetadata is that of version 1.0; write /v2.0/ in front of .well-known, and have the API take v2 tokens (requestedAccessTokenVersion: 2 in its manifest)',
    );
  }
  return { authority, tenant };
}

function tenantsOf(issuer: string | readonly string[] | undefined, faults: string[]): string[] {
  return listOf(issuer).flatMap((one) => {
    const tenant = ISSUER.exec(one)?.[1];
    if (tenant === undefined)
      faults.push('issuer must be https://login.microsoftonline.com/<tenant id>/v2.0, with the id in place of a name');
    return tenant ?? [];
  });
}

function redirectFaults(redirectUrl: string): string[] {
  if (!URL.canParse(redirectUrl)) return ['redirectUrl must be an absolute address'];
  const { protocol, hostname } = new URL(redirectUrl);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback)
    ? []
    : ['redirectUrl must be https, except on loopback'];
}
