import { Drain } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventStreams } from './event-streams.js';
import type { SessionEventBus } from './session-event-bus.port.js';
import { SessionEventsController } from './session-events.controller.js';

/** People hear what happens to their sessions while it happens. */
@Module({})
export class SessionEventsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(Drain) private readonly drain: Drain,
  ) {}

  static of(bus: SessionEventBus): DynamicModule {
    return {
      module: SessionEventsModule,
      controllers: [SessionEventsController],
      providers: [
        {
          provide: EventStreams,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => {
            const streams = new EventStreams(bus);
            const help = 'People who listen to what happens to their sessions, on this instance';
            metrics.gauge({ name: 'auth_session_event_streams', help }, () => streams.size);
            return streams;
          },
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    // A stream does not end by itself, and would hold up the end of the process.
    this.drain.signal.addEventListener('abort', () => this.streams.close());
  }

  beforeApplicationShutdown(): void {
    this.streams.close();
  }
}
