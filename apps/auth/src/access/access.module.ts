import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { FeedLog } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import { SessionGuard, SessionValidator } from '@gatehouse/session-validator/nest';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { KeyBundlePublisher } from '../keys/bundle/key-bundle-publisher.js';
import { KeyRing } from '../keys/signing/key-ring.js';
import { ReceiptBoard } from '../receipts/receipt-board.port.js';
import type { AccessSettings } from './access-settings.js';
import { AdminGuard } from './admin.guard.js';
import { ActivityRecorder } from './activity-recorder.js';
import { OwnTokens } from './own-tokens.js';
import { ownTokens, ownValidator } from './own-validator.js';
import { PresenceGuard } from './presence.guard.js';
import { SessionPresence } from './session-presence.js';

const REPORT_EVERY_MS = 2_000;

/**
 * Who may do what on the auth service itself. Three guards stand before every route that is not `@Public()`: a good token first,
 * then what administration asks for, then a live session.
 */
@Module({})
export class AccessModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Access');
  private reporter: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.include(() => validator.metricsText());
  }

  static register(settings: AccessSettings): DynamicModule {
    const logger = new Logger('Access');
    return {
      module: AccessModule,
      global: true,
      providers: [
        {
          provide: SessionValidator,
          inject: [FeedLog, KeyBundlePublisher, ReceiptBoard],
          useFactory: (log: FeedLog, publisher: KeyBundlePublisher, receipts: ReceiptBoard) =>
            ownValidator(settings, log, publisher, receipts, (message) => logger.warn(message)),
        },
        { provide: OwnTokens, inject: [KeyRing], useFactory: (ring: KeyRing) => ownTokens(settings, ring) },
        provide(SessionPresence, [SessionStore]),
        {
          provide: ActivityRecorder,
          inject: [SessionStore, Clock],
          useFactory: (sessions: SessionStore, clock: Clock) => new ActivityRecorder(sessions, clock),
        },
        provide(PresenceGuard, [SessionPresence, ActivityRecorder]),
        provide(AdminGuard, [Reflector]),
        SessionGuard,
        // In this order: only a good token has rights, and a session to look for.
        { provide: APP_GUARD, useExisting: SessionGuard },
        { provide: APP_GUARD, useExisting: AdminGuard },
        { provide: APP_GUARD, useExisting: PresenceGuard },
      ],
      exports: [SessionValidator, OwnTokens, SessionPresence, ActivityRecorder],
    };
  }

  onModuleInit(): void {
    this.reporter = setInterval(() => void this.report(), REPORT_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.reporter);
    await this.report();
    await this.validator.close();
  }

  private async report(): Promise<void> {
    try {
      await this.activity.flush();
    } catch (error) {
      this.logger.error(error instanceof Error ? error.message : 'activity could not be reported');
    }
  }
}
