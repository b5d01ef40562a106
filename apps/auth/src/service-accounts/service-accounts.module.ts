import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { WRITER } from '../revocations/revocations.module.js';
import { AccountBounds } from './account-bounds.js';
import { ChangeServiceAccount } from './change-service-account.js';
import { CreateServiceAccount } from './create-service-account.js';
import { EndClientTokens } from './end-client-tokens.js';
import { RemoveServiceAccount } from './remove-service-account.js';
import { RotateClientSecret } from './rotate-client-secret.js';
import { ServiceAccountRepository } from './service-account-repository.port.js';
import { ServiceAccountsController } from './service-accounts.controller.js';

export interface ServiceAccountSettings {
  readonly accounts: ServiceAccountRepository;
  /** `aud` of the tokens of persons, and of those of a service account that names no other. */
  readonly audience: string;
  /** Longest life of an access token, in seconds. */
  readonly accessTokenSeconds: number;
}

const AUDIENCE = Symbol('audience of tokens');
const ACCESS_TOKEN_SECONDS = Symbol('access token seconds');

/** Who the services are that may ask for tokens, and their administration. */
@Module({})
export class ServiceAccountsModule {
  static register(settings: ServiceAccountSettings): DynamicModule {
    return {
      module: ServiceAccountsModule,
      global: true,
      exports: [ServiceAccountRepository],
      controllers: [ServiceAccountsController],
      providers: [
        bind(ServiceAccountRepository, settings.accounts),
        bind<string>(AUDIENCE, settings.audience),
        bind<number>(ACCESS_TOKEN_SECONDS, settings.accessTokenSeconds),
        provide(EndClientTokens, [WRITER, ACCESS_TOKEN_SECONDS, Clock]),
        provide(AccountBounds, [AUDIENCE]),
        provide(CreateServiceAccount, [ServiceAccountRepository, AccountBounds, AuditLog, Clock, AUDIENCE]),
        provide(ChangeServiceAccount, [ServiceAccountRepository, AccountBounds, EndClientTokens, AuditLog, Clock]),
        provide(RemoveServiceAccount, [ServiceAccountRepository, AccountBounds, EndClientTokens, AuditLog, Clock]),
        provide(RotateClientSecret, [ServiceAccountRepository, AccountBounds, AuditLog, Clock]),
      ],
    };
  }
}
