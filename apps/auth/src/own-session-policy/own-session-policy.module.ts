import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SessionSettings } from '../sign-in/session-settings.js';
import { UserRepository } from '../users/user-repository.port.js';
import { ApplyOwnLimits } from './apply-own-limits.js';
import { ChangeOwnPolicy } from './change-own-policy.js';
import { ConfirmOwnLimits } from './confirm-own-limits.js';
import { OwnPolicyController } from './own-policy.controller.js';
import { ownPolicyRecords } from './own-policy-records.js';
import { ShowOwnPolicy } from './show-own-policy.js';

export interface OwnSessionPolicySettings {
  /** Life of an access token, in seconds. */
  readonly accessTokenSeconds: number;
}

const ACCESS_TOKEN_SECONDS = Symbol('life of an access token');

/** What people choose for their own sessions. `ConfirmOwnLimits` for the rooms that open some. */
@Module({})
export class OwnSessionPolicyModule {
  constructor(
    @Inject(UserRepository) users: UserRepository,
    @Optional() @Inject(PersonalRecordsBook) book: PersonalRecordsBook | undefined,
  ) {
    book?.add(ownPolicyRecords(users));
  }

  static register({ accessTokenSeconds }: OwnSessionPolicySettings): DynamicModule {
    return {
      module: OwnSessionPolicyModule,
      global: true,
      controllers: [OwnPolicyController],
      providers: [
        bind<number>(ACCESS_TOKEN_SECONDS, accessTokenSeconds),
        provide(ConfirmOwnLimits, [SessionStore, UserRepository]),
        provide(ApplyOwnLimits, [SessionStore, RevokeSessions, AuditLog, Clock]),
        provide(ShowOwnPolicy, [UserRepository, SessionSettings, ACCESS_TOKEN_SECONDS]),
        provide(ChangeOwnPolicy, [
          UserRepository,
          SessionStore,
          ApplyOwnLimits,
          SessionSettings,
          ACCESS_TOKEN_SECONDS,
          AuditLog,
        ]),
      ],
      exports: [ConfirmOwnLimits],
    };
  }
}
