/** Tenant of personal Microsoft accounts. */
export const CONSUMERS_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;

export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && GUID.test(value);
}

export function isDomain(value: string): boolean {
  return DOMAIN.test(value);
}

/** Entra answers for many tenants there, so who may come in is ours to say. */
export function isMultiTenant(tenant: string): boolean {
  return tenant === 'common' || tenant === 'organizations';
}
