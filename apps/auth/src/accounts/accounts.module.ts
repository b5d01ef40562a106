import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { PasswordAttempts } from '../limits/password-attempts.js';
import { LetterWriter } from '../mail/letter-writer.port.js';
import { Post } from '../mail/post.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { EndUserSessions } from '../revocations/end-user-sessions.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { UserRepository } from '../users/user-repository.port.js';
import { AccountController } from './account.controller.js';
import { AccountSettings } from './account-settings.js';
import { ActivityController } from './activity/activity.controller.js';
import { AskForVerification } from './email/ask-for-verification.js';
import { ChangeEmail } from './email/change-email.js';
import { EmailController } from './email/email.controller.js';
import { VerifyEmail } from './email/verify-email.js';
import { EraseAccounts } from './erasure/erase-accounts.js';
import { RequestErasure } from './erasure/request-erasure.js';
import { RestoreAccount } from './erasure/restore-account.js';
import { AccountLetters } from './letters/account-letters.js';
import { OtherWaysIn } from './other-ways-in.js';
import { ChangePassword } from './password/change-password.js';
import { ForgotPassword } from './password/forgot-password.js';
import { PasswordController } from './password/password.controller.js';
import { ResetPassword } from './password/reset-password.js';
import { ExportAccount } from './personal-records/export-account.js';
import { auditRecords, mailRecords, profileRecords, sessionRecords } from './personal-records/own-records.js';
import { PersonalRecordsBook } from './personal-records/personal-records.js';
import { ChangeProfile } from './profile/change-profile.js';
import { ProfileController } from './profile/profile.controller.js';
import { SignInConditions } from './sign-in-conditions.js';
import { AccountTokenStore } from './tokens/account-token-store.port.js';
import { AccountTokens } from './tokens/account-tokens.js';

export interface AccountsModuleSettings {
  readonly settings: AccountSettings;
  readonly tokens: AccountTokenStore;
}

const SWEEP_EVERY_MS = 60_000;

/**
 * What people do with their accounts. For other rooms: `SignInConditions`, the `PersonalRecordsBook`, where a room that holds something
 * about people hands it in, and `OtherWaysIn`, where one that lets people in says how that ends.
 */
@Module({})
export class AccountsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Accounts');
  private readonly ending = new AbortController();
  private sweeper: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EraseAccounts) private readonly eraseAccounts: EraseAccounts,
    @Inject(AccountTokenStore) private readonly tokens: AccountTokenStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  static register({ settings, tokens }: AccountsModuleSettings): DynamicModule {
    const account = [Post, AuditLog] as const;
    return {
      module: AccountsModule,
      global: true,
      controllers: [EmailController, PasswordController, ProfileController, ActivityController, AccountController],
      providers: [
        bind(AccountSettings, settings),
        bind(AccountTokenStore, tokens),
        provide(AccountTokens, [AccountTokenStore, Clock]),
        {
          provide: LetterWriter,
          inject: [UserRepository, AccountTokens, AuditLog, Clock],
          useFactory: (users: UserRepository, own: AccountTokens, audit: AuditLog, clock: Clock) =>
            new AccountLetters(users, own, audit, settings, clock),
        },
        {
          provide: SignInConditions,
          inject: [UserRepository, AuditLog],
          useFactory: (users: UserRepository, audit: AuditLog) =>
            new SignInConditions(users, audit, settings.requireVerifiedEmail),
        },
        {
          provide: PersonalRecordsBook,
          inject: [UserRepository, SessionStore, AuditTrail, AccountTokens, Post, Clock],
          useFactory: ownRecords,
        },
        provide(VerifyEmail, [UserRepository, AccountTokens, SessionStore, ...account, Clock]),
        provide(AskForVerification, [Post]),
        provide(ChangeEmail, [Post]),
        provide(ForgotPassword, [Post]),
        provide(ResetPassword, [
          UserRepository,
          AccountTokens,
          PasswordPolicy,
          PasswordHasher,
          EndUserSessions,
          ...account,
          PasswordAttempts,
          OtherWaysIn,
          Clock,
        ]),
        provide(OtherWaysIn, []),
        provide(ChangePassword, [
          UserRepository,
          AccountTokens,
          PasswordPolicy,
          PasswordHasher,
          EndUserSessions,
          ...account,
          Clock,
        ]),
        provide(ChangeProfile, [UserRepository, AuditLog]),
        provide(ExportAccount, [AccountTokens, PersonalRecordsBook, AuditLog, Clock]),
        provide(EraseAccounts, [UserRepository, EndUserSessions, PersonalRecordsBook, AuditLog, Clock]),
        provide(RequestErasure, [RightsStore, EndUserSessions, EraseAccounts, ...account, AccountSettings, Clock]),
        provide(RestoreAccount, [UserRepository, AccountTokens, AuditLog, Clock]),
      ],
      exports: [AccountSettings, LetterWriter, SignInConditions, PersonalRecordsBook, OtherWaysIn],
    };
  }

  onApplicationBootstrap(): void {
    this.sweeper = setInterval(() => {
      this.sweeping = this.sweeping.then(() => this.sweep());
    }, SWEEP_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeper);
    this.ending.abort();
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    try {
      const erased = await this.eraseAccounts.run(this.ending.signal);
      if (erased > 0) this.logger.log(`erased ${erased} accounts whose day had come`);
      await this.tokens.prune(this.clock.nowMs());
    } catch (error) {
      this.logger.warn(`accounts wait to be erased: ${error instanceof Error ? error.message : 'unknown failure'}`);
    }
  }
}

function ownRecords(
  users: UserRepository,
  sessions: SessionStore,
  trail: AuditTrail,
  tokens: AccountTokens,
  post: Post,
  clock: Clock,
): PersonalRecordsBook {
  const book = new PersonalRecordsBook();
  const kinds = [
    profileRecords(users),
    sessionRecords(sessions, clock),
    auditRecords(trail),
    mailRecords(tokens, post),
  ];
  for (const kind of kinds) book.add(kind);
  return book;
}
