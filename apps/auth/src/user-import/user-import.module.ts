import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuditLog } from '../audit/audit-log.port.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { UserRepository } from '../users/user-repository.port.js';
import { ImportLedger } from './import-ledger.port.js';
import { ImportUsers } from './import-users.js';
import { acceptLines } from './http/ndjson-body.js';
import { UserImportController } from './user-import.controller.js';

export interface UserImportSettings {
  readonly ledger: ImportLedger;
}

/** People of another system become ours. */
@Module({})
export class UserImportModule {
  constructor(@Inject(HttpAdapterHost) host: HttpAdapterHost) {
    acceptLines(host.httpAdapter.getInstance<FastifyInstance>());
  }

  static register({ ledger }: UserImportSettings): DynamicModule {
    return {
      module: UserImportModule,
      controllers: [UserImportController],
      providers: [
        bind(ImportLedger, ledger),
        provide(ImportUsers, [UserRepository, PasswordHasher, ImportLedger, AuditLog, Clock]),
      ],
    };
  }
}
