import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { SessionStore } from '@gatehouse/session-store';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SettleEnds } from '../revocations/settle-ends.js';
import { RELAY } from '../revocations/revocations.module.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { RefreshController } from './refresh.controller.js';
import { type RefreshResult, RefreshSession, type RefreshSettings } from './refresh-session.js';

const SETTINGS = Symbol('refresh settings');
const COUNT = Symbol('refresh counter');

@Module({})
export class RefreshModule {
  static register(settings: RefreshSettings): DynamicModule {
    return {
      module: RefreshModule,
      global: true,
      exports: [RefreshSession],
      controllers: [RefreshController],
      providers: [
        bind<RefreshSettings>(SETTINGS, settings),
        { provide: COUNT, inject: [Metrics], useFactory: refreshCounter },
        provide(RefreshSession, [
          SessionStore,
          RELAY,
          SettleEnds,
          RevokeSessions,
          AccessTokenIssuer,
          RefreshTokens,
          AuditLog,
          SETTINGS,
          Clock,
          COUNT,
        ]),
      ],
    };
  }
}

function refreshCounter(metrics: Metrics): (result: RefreshResult) => void {
  const refreshes = metrics.counter({
    name: 'auth_refreshes_total',
    help: 'Refresh tokens presented, by what came of it',
    labels: ['result'],
  });
  // There from the beginning: of a figure that begins with its first event, Prometheus sees no increase.
  refreshes.inc({ result: 'reused' }, 0);
  return (result) => refreshes.inc({ result });
}
