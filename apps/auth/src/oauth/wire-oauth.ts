import { type AuthSettings, issuerOf } from '../config/auth.config.js';
import { SqlServiceAccountRepository } from '../service-accounts/adapters/sql-service-account-repository.js';
import type { ServiceAccountSettings } from '../service-accounts/service-accounts.module.js';
import { SqlUsedAssertions } from './clients/adapters/sql-used-assertions.js';
import type { OAuthSettings } from './oauth.module.js';

/** Settings and adapters of the two rooms about services that ask for tokens. */
export function wireOAuth(
  settings: AuthSettings,
  dataSource: ConstructorParameters<typeof SqlUsedAssertions>[0],
): { readonly serviceAccounts: ServiceAccountSettings; readonly oauth: OAuthSettings } {
  const accessTokenSeconds = settings.ACCESS_TOKEN_EXPIRY;
  return {
    serviceAccounts: {
      accounts: new SqlServiceAccountRepository(dataSource),
      audience: settings.AUTH_AUDIENCE,
      accessTokenSeconds,
    },
    oauth: {
      issuer: issuerOf(settings),
      usedAssertions: new SqlUsedAssertions(dataSource),
      assertionSeconds: settings.CLIENT_ASSERTION_EXPIRY,
      serviceTokenSeconds: settings.SERVICE_TOKEN_EXPIRY ?? accessTokenSeconds,
      accessTokenSeconds,
      introspectionCacheSeconds: settings.INTROSPECTION_CACHE,
    },
  };
}
