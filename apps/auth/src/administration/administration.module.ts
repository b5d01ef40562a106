import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { KeyRing } from '../keys/key-ring.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { EndUserSessions } from '../revocations/end-user-sessions.js';
import { ACCESS_TOKEN_SECONDS, WRITER } from '../revocations/revocations.module.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { GrantRights } from '../roles/grant-rights.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { RolePermissions } from '../roles/role-permissions.js';
import { SpreadRights } from '../roles/spread-rights.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { UserRepository } from '../users/user-repository.port.js';
import { Impersonate } from './impersonation/impersonate.js';
import { ImpersonationLedger } from './impersonation/impersonation-ledger.port.js';
import { ImpersonationController, StopImpersonationController } from './impersonation/impersonation.controller.js';
import { OrderRevocation } from './revocations/order-revocation.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PolicyKeeper } from './policies/policy-keeper.js';
import { AdminRevocationsController } from './revocations/revocations.controller.js';
import { AdministerSessions } from './sessions/administer-sessions.js';
import { AdminSessionsController } from './sessions/sessions.controller.js';
import { ChangeUser } from './users/change-user.js';
import { CreateUser } from './users/create-user.js';
import { FindUsers } from './users/find-users.js';
import { UsersController } from './users/users.controller.js';

export interface AdministrationParts {
  readonly impersonations: ImpersonationLedger;
  readonly policies: PolicyKeeper;
}

/** What administrators do to people, sessions and revocations. */
@Module({
  controllers: [
    UsersController,
    AdminSessionsController,
    AdminRevocationsController,
    ImpersonationController,
    StopImpersonationController,
    PoliciesController,
  ],
  providers: [
    provide(FindUsers, [UserRepository, AuditLog]),
    provide(CreateUser, [UserRepository, RightsStore, PasswordPolicy, PasswordHasher, AuditLog]),
    provide(ChangeUser, [UserRepository, RightsStore, RolePermissions, SpreadRights, EndUserSessions, AuditLog, Clock]),
    provide(AdministerSessions, [
      UserRepository,
      RolePermissions,
      SessionStore,
      RevokeSessions,
      EndUserSessions,
      AuditLog,
    ]),
    provide(Impersonate, [
      UserRepository,
      GrantRights,
      SessionStore,
      ImpersonationLedger,
      AccessTokenIssuer,
      RefreshTokens,
      RevokeSessions,
      AuditLog,
      Clock,
    ]),
    provide(OrderRevocation, [
      WRITER,
      EndUserSessions,
      SessionStore,
      UserRepository,
      RolePermissions,
      KeyRing,
      AuditLog,
      ACCESS_TOKEN_SECONDS,
      Clock,
    ]),
  ],
})
export class AdministrationModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(PolicyKeeper) private readonly policies: PolicyKeeper) {}

  static register({ impersonations, policies }: AdministrationParts): DynamicModule {
    return {
      module: AdministrationModule,
      providers: [bind(ImpersonationLedger, impersonations), bind(PolicyKeeper, policies)],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.policies.start();
  }

  onApplicationShutdown(): void {
    this.policies.stop();
  }
}
