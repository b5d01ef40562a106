import { Clock } from '@gatehouse/kernel';
import { RevocationOutbox } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import { type DynamicModule, Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller.js';
import type { AuditFigures } from './audit-figures.port.js';
import { ShowReport } from './show-report.js';

export interface AnalyticsSettings {
  readonly figures: AuditFigures;
}

/** Figures for a dashboard. */
@Module({})
export class AnalyticsModule {
  static register({ figures }: AnalyticsSettings): DynamicModule {
    return {
      module: AnalyticsModule,
      controllers: [AnalyticsController],
      providers: [
        {
          provide: ShowReport,
          inject: [SessionStore, RevocationOutbox, Clock],
          useFactory: (sessions: SessionStore, outbox: RevocationOutbox, clock: Clock) =>
            new ShowReport(
              figures,
              {
                sessions: { live: () => sessions.countLive() },
                revocations: { waiting_for_the_feed: () => outbox.countPending() },
              },
              clock,
            ),
        },
      ],
    };
  }
}
