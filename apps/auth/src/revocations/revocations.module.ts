import type { RevocationReason } from '@gatehouse/contracts';
import { Clock } from '@gatehouse/kernel';
import { bind, Drain, provide } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { FeedLog } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { UserRepository } from '../users/user-repository.port.js';
import { EndUserSessions } from './end-user-sessions.js';
import { RevokeDevice } from './revoke-device.js';
import { type DurableRevocations, RevokeSessions } from './revoke-sessions.js';
import { SettleEnds } from './settle-ends.js';
import { RevocationStreams } from './stream/revocation-streams.js';
import { StreamAccess } from './stream/stream-access.js';
import { StreamController } from './stream/stream.controller.js';

/** The part of the relay this module drives. */
export interface Relay {
  start(): void;
  stop(): Promise<void>;
  /** False while a Redis that lost everything has not been told all revocations again. */
  admitted(): boolean;
  /** Something is committed that the feed does not have yet. */
  noteUndelivered(): void;
}

export interface RevocationSettings {
  /** Longest life of an access token, in seconds: how long a revocation must be kept. */
  readonly accessTokenSeconds: number;
  /** `REVOCATION_STREAM_TOKEN` */
  readonly streamToken: string | undefined;
  /** Whether everybody may read the stream where no token is set up. Not in production. */
  readonly streamOpenWithoutToken: boolean;
  readonly writer: DurableRevocations;
  readonly relay: Relay;
}

export const RELAY = Symbol('feed relay');
export const WRITER = Symbol('revocation writer');
export const ACCESS_TOKEN_SECONDS = Symbol('access token seconds');
const COUNT = Symbol('revocation counter');

/** Ends sessions for good, keeps the feed going and streams it. `RevokeSessions`, `EndUserSessions` and `SettleEnds` for every room. */
@Module({})
export class RevocationsModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(RELAY) private readonly relay: Relay,
    @Inject(RevocationStreams) private readonly streams: RevocationStreams,
    @Inject(Drain) private readonly drain: Drain,
  ) {}

  static register(settings: RevocationSettings): DynamicModule {
    return {
      module: RevocationsModule,
      global: true,
      controllers: [StreamController],
      providers: [
        bind<Relay>(RELAY, settings.relay),
        bind<DurableRevocations>(WRITER, settings.writer),
        bind<number>(ACCESS_TOKEN_SECONDS, settings.accessTokenSeconds),
        { provide: COUNT, inject: [Metrics], useFactory: revocationCounter },
        provide(RevokeSessions, [WRITER, ACCESS_TOKEN_SECONDS, Clock, COUNT]),
        provide(RevokeDevice, [WRITER, ACCESS_TOKEN_SECONDS, Clock]),
        provide(EndUserSessions, [UserRepository, SessionStore, WRITER, AuditLog, ACCESS_TOKEN_SECONDS, Clock, COUNT]),
        provide(SettleEnds, [SessionStore, RevokeSessions]),
        {
          provide: RevocationStreams,
          inject: [FeedLog],
          useFactory: (log: FeedLog) => new RevocationStreams(log),
        },
        bind(StreamAccess, new StreamAccess(settings.streamToken, settings.streamOpenWithoutToken)),
      ],
      exports: [
        RevokeSessions,
        RevokeDevice,
        EndUserSessions,
        SettleEnds,
        RELAY,
        WRITER,
        ACCESS_TOKEN_SECONDS,
        StreamAccess,
      ],
    };
  }

  onApplicationBootstrap(): void {
    // A stream never ends by itself, and would hold up the end of the process.
    this.drain.signal.addEventListener('abort', () => this.streams.endAll());
    this.relay.start();
  }

  beforeApplicationShutdown(): void {
    this.streams.endAll();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}

function revocationCounter(metrics: Metrics): (sessions: number, reason: RevocationReason, durableIn: string) => void {
  const revocations = metrics.counter({
    name: 'auth_revocations_total',
    help: 'Sessions ended for good, by reason and by what keeps it',
    labels: ['reason', 'durable_in'],
  });
  return (sessions, reason, durableIn) => revocations.inc({ reason, durable_in: durableIn }, sessions);
}
