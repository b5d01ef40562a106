import { AppError } from '@gatehouse/failures';
import { Clock } from '@gatehouse/kernel';
import { bind } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ActivityRecorder } from '../access/activity-recorder.js';
import { ReportedActivityController } from './activity.controller.js';
import { ActivityInbox } from './activity-inbox.port.js';
import { FoldActivity } from './fold-activity.js';

const FOLD_EVERY_MS = 2_000;

/** The requests that other services have seen, counted into the sessions. */
@Module({})
export class ActivityModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Activity');
  private timer: NodeJS.Timeout | undefined;
  private folding: Promise<void> | undefined;

  constructor(@Inject(FoldActivity) private readonly fold: FoldActivity) {}

  static of(inbox: ActivityInbox): DynamicModule {
    return {
      module: ActivityModule,
      controllers: [ReportedActivityController],
      providers: [
        bind(ActivityInbox, inbox),
        {
          provide: FoldActivity,
          inject: [ActivityRecorder, Clock, Metrics],
          useFactory: (recorder: ActivityRecorder, clock: Clock, metrics: Metrics) =>
            new FoldActivity(inbox, recorder, clock, figuresIn(metrics, recorder)),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => (this.folding ??= this.foldOnce()), FOLD_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.folding;
  }

  private async foldOnce(): Promise<void> {
    try {
      await this.fold.run();
    } catch (error) {
      // With the store away nothing was taken; it waits where it is, and others tell of the store.
      if (!(error instanceof AppError)) this.logger.error(error instanceof Error ? error.message : 'folding failed');
    } finally {
      this.folding = undefined;
    }
  }
}

function figuresIn(metrics: Metrics, recorder: ActivityRecorder) {
  const batches = metrics.counter({
    name: 'auth_activity_batches_total',
    help: 'Batches of requests that services counted: folded into sessions, come twice, unreadable, or lost before they came',
    labels: ['outcome'],
  });
  metrics.gauge(
    {
      name: 'auth_activity_dropped_requests',
      help: 'Requests this instance could not count, for want of room while the session store was away',
    },
    () => recorder.droppedRequests,
  );
  return {
    count: (outcome: string, count: number) => {
      if (count > 0) batches.inc({ outcome }, count);
    },
  };
}
