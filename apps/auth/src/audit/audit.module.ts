import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuditKeeper } from './audit-keeper.js';
import { AuditLog } from './audit-log.port.js';
import { AuditController } from './http/audit.controller.js';
import { AuditBeforeAnswer } from './http/audit-before-answer.interceptor.js';
import { recordRefusals } from './http/record-refusals.js';
import { VerifyAuditLog } from './verify/verify-audit-log.js';

export interface AuditSettings {
  readonly keeper: AuditKeeper;
  readonly verify: VerifyAuditLog;
}

/** Reading the audit log, and what every request owes it. */
@Module({})
export class AuditModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(AuditKeeper) private readonly keeper: AuditKeeper,
    @Inject(AuditLog) audit: AuditLog,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    // Here, because Fastify applies a hook only to routes that are registered after it.
    recordRefusals(host.httpAdapter.getInstance<FastifyInstance>(), audit);
  }

  static register({ keeper, verify }: AuditSettings): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        { provide: AuditKeeper, useValue: keeper },
        { provide: VerifyAuditLog, useValue: verify },
        {
          provide: APP_INTERCEPTOR,
          inject: [AuditLog],
          useFactory: (audit: AuditLog) => new AuditBeforeAnswer(audit),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.keeper.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.keeper.stop();
  }
}
