import { Drain } from '@gatehouse/nest-kit';
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
      providers: [{ provide: EventStreams, useFactory: () => new EventStreams(bus) }],
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
