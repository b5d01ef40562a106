import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { SignInConditions } from '../accounts/sign-in-conditions.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { RecogniseDevice } from '../devices/recognise-device.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { GrantRights } from '../roles/grant-rights.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { SpreadRights } from '../roles/spread-rights.js';
import { OpenSession } from '../sign-in/open-session.js';
import { SessionSettings } from '../sign-in/session-settings.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { UserRepository } from '../users/user-repository.port.js';
import { FinishInBrowser } from './browser/finish-in-browser.js';
import { StartInBrowser } from './browser/start-in-browser.js';
import { IdentityStore } from './identities/identity-store.port.js';
import { LinkIdentity } from './identities/link-identity.js';
import { UnlinkIdentity } from './identities/unlink-identity.js';
import { FederatedSignOut } from './logout/federated-sign-out.js';
import { IdentityProviders } from './providers/identity-providers.js';
import { ApplyProviderRoles } from './sign-in/apply-provider-roles.js';
import { ExchangeBearer } from './sign-in/exchange-bearer.js';
import { FederatedSignIn } from './sign-in/federated-sign-in.js';
import { SettleAccount } from './sign-in/settle-account.js';
import { SignInForService } from './sign-in/sign-in-for-service.js';
import { TakeOnce } from './sign-in/take-once.js';
import { TakeOverRoles } from './sign-in/take-over-roles.js';
import { SignOutAtProvider } from './logout/sign-out-at-provider.js';

export const PUBLIC_URL = Symbol('public url');
export const APP_URL = Symbol('app url');

/** What this room can do, put together. */
export function federationUseCases(): ReturnType<typeof provide>[] {
  return [
    provide(SettleAccount, [UserRepository, IdentityStore, RightsStore, PasswordHasher, AuditLog, Clock]),
    provide(ApplyProviderRoles, [IdentityStore, RightsStore, SpreadRights, AuditLog]),
    provide(FederatedSignIn, [
      SettleAccount,
      ApplyProviderRoles,
      IdentityStore,
      SignInConditions,
      GrantRights,
      OpenSession,
      RecogniseDevice,
      AccessTokenIssuer,
      RefreshTokens,
      AuditLog,
      SessionSettings,
      Clock,
    ]),
    provide(SignInForService, [IdentityProviders, TakeOnce, FederatedSignIn]),
    provide(TakeOverRoles, [IdentityProviders, TakeOnce, IdentityStore, UserRepository, ApplyProviderRoles]),
    provide(ExchangeBearer, [IdentityProviders, TakeOnce, FederatedSignIn]),
    provide(StartInBrowser, [IdentityProviders, PUBLIC_URL]),
    provide(FinishInBrowser, [IdentityProviders, TakeOnce, PUBLIC_URL, Clock]),
    provide(LinkIdentity, [IdentityStore, UserRepository, SessionStore, ApplyProviderRoles, AuditLog, Clock]),
    provide(UnlinkIdentity, [IdentityStore, UserRepository, ApplyProviderRoles, RevokeSessions, AuditLog]),
    provide(FederatedSignOut, [IdentityStore, RevokeSessions, AuditLog, Clock]),
    provide(SignOutAtProvider, [IdentityStore, IdentityProviders, APP_URL]),
  ];
}
