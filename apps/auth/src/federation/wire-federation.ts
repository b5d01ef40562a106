import { createOidcClient } from '@gatehouse/oidc';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import { type AuthSettings, publicUrlOf } from '../config/auth.config.js';
import { providersOf } from '../config/federation.fields.js';
import type { CookieSettings } from '../cookie-mode/cookie-settings.js';
import { SqlUsedAssertions } from '../oauth/clients/adapters/sql-used-assertions.js';
import type { FederationParts } from './federation.module.js';
import { SqlIdentityStore } from './identities/adapters/sql-identity-store.js';
import { IdentityProviders } from './providers/identity-providers.js';

export interface FederationNeeds {
  readonly dataSource: ConstructorParameters<typeof SqlUsedAssertions>[0];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cookies: CookieSettings | undefined;
  readonly masterKey: Buffer;
  readonly otherMasterKey: Buffer | undefined;
}

/** What signing in elsewhere needs, from the configuration. No provider is asked for anything yet. */
export function wireFederation(settings: AuthSettings, needs: FederationNeeds): FederationParts {
  const { dataSource, clock, logger, ...keys } = needs;
  const providers = new IdentityProviders(providersOf(settings), ({ name, settings: given }) =>
    createOidcClient(name, given, {
      clock,
      onWarning: (warning) => logger.warn('identity provider', { provider: name, warning }),
    }),
  );
  return {
    ...keys,
    providers,
    logger,
    identities: new SqlIdentityStore(dataSource, clock),
    usedAssertions: new SqlUsedAssertions(dataSource),
    publicUrl: publicUrlOf(settings),
    appUrl: (settings.APP_URL ?? publicUrlOf(settings)).replace(/\/+$/, ''),
  };
}
