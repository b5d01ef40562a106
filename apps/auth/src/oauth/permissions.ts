import type { ServiceAccount } from '../service-accounts/service-account.js';
import { AccessDenied } from './oauth.errors.js';

/** Scopes of a service account that mean something here. */
export const INTROSPECT = 'tokens:introspect';
/** Apart from the other: to a service, a refresh token that is called active looks like a token to let in. */
export const INTROSPECT_REFRESH = 'tokens:introspect-refresh';
/** Ends tokens that were issued to others. */
export const REVOKE = 'tokens:revoke';

/** @throws {AccessDenied} */
export function mustHave(account: ServiceAccount, scope: string): void {
  if (!account.scopes.includes(scope)) throw new AccessDenied(scope);
}
