import { HealthModule } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import type { ActivityInbox } from './activity/activity-inbox.port.js';
import { ActivityModule } from './activity/activity.module.js';
import { type AdministrationParts, AdministrationModule } from './administration/administration.module.js';
import type { AccessSettings } from './access/access-settings.js';
import { AccountsModule, type AccountsModuleSettings } from './accounts/accounts.module.js';
import { CookieModeModule, type CookieModeSettings } from './cookie-mode/cookie-mode.module.js';
import { type DeviceSettings, DevicesModule } from './devices/devices.module.js';
import { type AnalyticsSettings, AnalyticsModule } from './analytics/analytics.module.js';
import { AuditModule, type AuditSettings } from './audit/audit.module.js';
import { VERSION } from './docs/auth-docs.js';
import { FederationModule, type FederationParts } from './federation/federation.module.js';
import { type Foundation, FoundationModule } from './foundation.module.js';
import { IdempotencyModule, type IdempotencySettings } from './idempotency/idempotency.module.js';
import { type KeyRoom, KeysModule } from './keys/keys.module.js';
import { type LimitSettings, LimitsModule } from './limits/limits.module.js';
import {
  OwnSessionPolicyModule,
  type OwnSessionPolicySettings,
} from './own-session-policy/own-session-policy.module.js';
import { PasswordsModule, type PasswordSettings } from './passwords/passwords.module.js';
import { SessionLedgerModule } from './persistence/session-ledger.module.js';
import { type ReceiptSettings, ReceiptsModule } from './receipts/receipts.module.js';
import { MailModule, type MailSettings } from './mail/mail.module.js';
import { OAuthModule, type OAuthSettings } from './oauth/oauth.module.js';
import { RefreshModule } from './refresh/refresh.module.js';
import type { RefreshSettings } from './refresh/refresh-session.js';
import { type RevocationSettings, RevocationsModule } from './revocations/revocations.module.js';
import { type RoleParts, RolesModule } from './roles/roles.module.js';
import { type ServiceAccountSettings, ServiceAccountsModule } from './service-accounts/service-accounts.module.js';
import { SecurityEventsModule } from './security-events/security-events.module.js';
import type { Transmitter } from './security-events/transmitter.js';
import type { SessionEventBus } from './session-events/session-event-bus.port.js';
import { SessionEventsModule } from './session-events/session-events.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SignInModule } from './sign-in/sign-in.module.js';
import { SignOutModule } from './sign-out/sign-out.module.js';
import { SignUpModule } from './sign-up/sign-up.module.js';
import { UserExportModule } from './user-export/user-export.module.js';
import { UserImportModule, type UserImportSettings } from './user-import/user-import.module.js';
import { StepUpModule } from './step-up/step-up.module.js';
import { VerifyModule } from './verify/verify.module.js';

export interface AppParts {
  readonly foundation: Foundation;
  readonly access: AccessSettings;
  readonly cookieMode: CookieModeSettings;
  readonly activity: ActivityInbox;
  readonly sessionEvents: SessionEventBus;
  readonly audit: AuditSettings;
  readonly analytics: AnalyticsSettings;
  readonly passwords: PasswordSettings;
  readonly limits: LimitSettings;
  readonly devices: DeviceSettings;
  readonly idempotency: IdempotencySettings;
  readonly revocations: RevocationSettings;
  readonly receipts: ReceiptSettings;
  readonly securityEvents: Transmitter;
  readonly refresh: RefreshSettings;
  readonly roles: RoleParts;
  readonly administration: AdministrationParts;
  readonly mail: MailSettings;
  readonly accounts: AccountsModuleSettings;
  readonly ownSessionPolicy: OwnSessionPolicySettings;
  readonly userImport: UserImportSettings;
  readonly keys: KeyRoom;
  readonly serviceAccounts: ServiceAccountSettings;
  readonly oauth: OAuthSettings;
  readonly federation: FederationParts;
}

/** All rooms of the auth service. */
@Module({})
export class AppModule {
  static of(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // First, so that it is the last to shut down.
        FoundationModule.of(parts.foundation),
        // Its guard runs first: to those of the next room a cookie is a token like any other.
        CookieModeModule.register(parts.cookieMode),
        AccessModule.register(parts.access),
        ActivityModule.of(parts.activity),
        SessionEventsModule.of(parts.sessionEvents),
        AuditModule.register(parts.audit),
        AnalyticsModule.register(parts.analytics),
        // Before the limits, whose counting costs more than refusing.
        PasswordsModule.register(parts.passwords),
        LimitsModule.register(parts.limits),
        DevicesModule.register(parts.devices),
        IdempotencyModule.register(parts.idempotency),
        RevocationsModule.register(parts.revocations),
        ReceiptsModule.register(parts.receipts),
        SecurityEventsModule.of(parts.securityEvents),
        RefreshModule.register(parts.refresh),
        MailModule.register(parts.mail),
        AccountsModule.register(parts.accounts),
        OwnSessionPolicyModule.register(parts.ownSessionPolicy),
        SessionLedgerModule,
        RolesModule.register(parts.roles),
        AdministrationModule.register(parts.administration),
        StepUpModule,
        SignUpModule,
        SignInModule,
        SignOutModule,
        SessionsModule,
        VerifyModule,
        UserImportModule.register(parts.userImport),
        UserExportModule,
        ServiceAccountsModule.register(parts.serviceAccounts),
        OAuthModule.register(parts.oauth),
        FederationModule.register(parts.federation),
        KeysModule.register(parts.keys),
        HealthModule.register({ version: VERSION, Public }),
      ],
    };
  }
}
