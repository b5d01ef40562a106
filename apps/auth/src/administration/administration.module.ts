import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { SessionStore } from '@gatehouse/session-store';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { KeyRing } from '../keys/signing/key-ring.js';
import { PasswordAttempts } from '../limits/password-attempts.js';
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
import { NoteRunOut } from './impersonation/note-run-out.js';
import { ImpersonationLedger } from './impersonation/impersonation-ledger.port.js';
import { ImpersonationController, StopImpersonationController } from './impersonation/impersonation.controller.js';
import { OrderRevocation } from './revocations/order-revocation.js';
import { POLICIES, PoliciesController } from './policies/policies.controller.js';
import type { PolicyRoom } from './policies/wire-policies.js';
import { AdminRevocationsController } from './revocations/revocations.controller.js';
import { AdministerSessions } from './sessions/administer-sessions.js';
import { AdminSessionsController } from './sessions/sessions.controller.js';
import { ChangeUser } from './users/change-user.js';
import { CreateUser } from './users/create-user.js';
import { FindUsers } from './users/find-users.js';
import { UnlockUser } from './users/unlock-user.js';
import { UsersController } from './users/users.controller.js';

export interface AdministrationParts {
  readonly impersonations: ImpersonationLedger;
  readonly policies: PolicyRoom;
}

/** Between two looks for impersonations that have run out, in ms. */
const LOOK_EVERY_MS = 5_000;

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
    provide(ChangeUser, [
      UserRepository,
      RightsStore,
      RolePermissions,
      SpreadRights,
      EndUserSessions,
      PersonalRecordsBook,
      AuditLog,
      Clock,
    ]),
    provide(UnlockUser, [UserRepository, RolePermissions, PasswordAttempts, AuditLog]),
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
    provide(NoteRunOut, [ImpersonationLedger, AuditLog, Clock]),
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
  private readonly logger = new Logger('Administration');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(POLICIES) private readonly policies: PolicyRoom,
    @Inject(NoteRunOut) private readonly noteRunOut: NoteRunOut,
  ) {}

  static register({ impersonations, policies }: AdministrationParts): DynamicModule {
    return {
      module: AdministrationModule,
      providers: [bind(ImpersonationLedger, impersonations), bind<PolicyRoom>(POLICIES, policies)],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.policies.keeper.start();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.policies.keeper.stop();
  }

  private async look(): Promise<void> {
    try {
      await this.noteRunOut.run();
    } catch (error) {
      // The database away is told elsewhere, and the next look will do.
      if (!(error instanceof DatabaseUnavailable)) this.logger.warn('ended impersonations could not be noted');
    }
  }
}
