import { readClientKey } from '../client/client-key.js';
import { CONSUMERS_TENANT, isDomain, isGuid, isMultiTenant } from '../entra/tenants.js';
import { addressFault } from './address-rule.js';
import type { EntraSettings, ProviderSettings } from './provider-settings.js';

export interface SettingsFault {
  readonly path: readonly string[];
  /** Holds no value. */
  readonly message: string;
}

/** What is wrong with settings whose shape is right. */
export function settingsFaults(settings: ProviderSettings): readonly SettingsFault[] {
  return [
    ...addressFaults(settings),
    ...(settings.type === 'entra' ? tenantFaults(settings) : []),
    ...credentialFaults(settings),
    ...(settings.scopes.includes('openid') ? [] : [fault('scopes', 'must include openid, or there is no ID token')]),
  ];
}

function fault(path: string, message: string): SettingsFault {
  return { path: [path], message };
}

function addressFaults(settings: ProviderSettings): SettingsFault[] {
  const addresses: [string, string | undefined][] =
    settings.type === 'entra'
      ? [
          ['authority', settings.authority],
          ['graphUrl', settings.graphUrl],
        ]
      : [['issuer', settings.issuer]];
  return addresses.flatMap(([name, value]) => {
    // What is no address at all was already found by its shape.
    if (value === undefined || !URL.canParse(value)) return [];
    const url = new URL(value);
    if (url.search !== '' || url.hash !== '') return [fault(name, 'must have neither query nor fragment')];
    const inside = addressFault(url, settings.allowInsecure);
    return inside ? [fault(name, `${inside}, which only allowInsecure lets through, in development`)] : [];
  });
}

function tenantFaults({ tenant, allowedTenants }: EntraSettings): SettingsFault[] {
  if (!allowedTenants.every(isGuid)) return [fault('allowedTenants', 'must be GUIDs: a domain can change hands')];
  const allowed = allowedTenants.map((each) => each.toLowerCase());
  if (isMultiTenant(tenant)) {
    // Microsoft's keys sign for every tenant there is, so without a list everybody in the world could come in.
    return allowed.length > 0 ? [] : [fault('allowedTenants', `must name who may come in where tenant is ${tenant}`)];
  }
  const own = tenant === 'consumers' ? CONSUMERS_TENANT : tenant.toLowerCase();
  if (isGuid(own)) {
    const isFine = allowed.length === 0 || allowed.every((each) => each === own);
    return isFine
      ? []
      : [fault('allowedTenants', 'names other tenants than the one in tenant, which alone can come in')];
  }
  return isDomain(tenant) ? [] : [fault('tenant', 'must be a GUID, a domain, common, organizations or consumers')];
}

function credentialFaults({ credential }: ProviderSettings): SettingsFault[] {
  if (credential.type !== 'certificate' && credential.type !== 'private_key') return [];
  try {
    readClientKey(credential);
    return [];
  } catch (error) {
    return [fault('credential', (error as Error).message)];
  }
}
