import { Clock } from '@gatehouse/kernel';
import { bind } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { InboxMailer } from './adapters/inbox-mailer.js';
import { CourierRounds } from './courier-rounds.js';
import { DevInboxController } from './dev-inbox/dev-inbox.controller.js';
import { DevPagesController } from './dev-inbox/dev-pages.controller.js';
import { LetterWriter } from './letter-writer.port.js';
import { GIVE_UP_MS, MailCourier } from './mail-courier.js';
import { type MailOrder, MailOutbox, type MailOutcome } from './mail-outbox.port.js';
import { LetterRefused, type Mailer, MailerUnavailable } from './mailer.port.js';
import { Post } from './post.js';

export interface MailSettings {
  readonly outbox: MailOutbox;
  /** `undefined` where no mail is set up: then nothing is ordered and nothing sent. */
  readonly mailer: Mailer | undefined;
  readonly perAddressAndHour: number;
  /** Whether links in letters lead to this service, because no application is named. */
  readonly linksLeadHere: boolean;
}

const MAILER = Symbol('mailer');
/** Letters in hand at the end of the process have this long; then they wait for another instance. */
const LAST_LETTERS_MS = 4_000;
const PRUNE_EVERY_MS = 600_000;

/** `Post` for every room, and the courier behind it. Needs a `LetterWriter` from a global module. */
@Module({})
export class MailModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private pruning: NodeJS.Timeout | undefined;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer | undefined,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(CourierRounds) private readonly rounds: CourierRounds,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  static register({ outbox, mailer, perAddressAndHour, linksLeadHere }: MailSettings): DynamicModule {
    const logger = new Logger('Mail');
    return {
      module: MailModule,
      global: true,
      controllers:
        mailer instanceof InboxMailer ? [DevInboxController, ...(linksLeadHere ? [DevPagesController] : [])] : [],
      providers: [
        bind<Mailer | undefined>(MAILER, mailer),
        bind(MailOutbox, outbox),
        ...(mailer instanceof InboxMailer ? [bind(InboxMailer, mailer)] : []),
        {
          provide: CourierRounds,
          inject: [LetterWriter, AuditLog, Clock, Metrics],
          useFactory: (writer: LetterWriter, audit: AuditLog, clock: Clock, metrics: Metrics) => {
            const onOutcome = teller(metrics, logger);
            const courier =
              mailer && new MailCourier(outbox, writer, mailer, audit, clock, { perAddressAndHour, onOutcome });
            return new CourierRounds(
              async (signal) => courier?.deliverDue(signal),
              (error) => logger.warn(`mail waits: ${error instanceof Error ? error.message : 'unknown failure'}`),
            );
          },
        },
        {
          provide: Post,
          inject: [CourierRounds],
          useFactory: (rounds: CourierRounds) => new Post(outbox, mailer && (() => rounds.call())),
        },
      ],
      exports: [Post],
    };
  }

  onApplicationBootstrap(): void {
    if (!this.mailer) return;
    this.rounds.start();
    this.pruning = setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.pruning);
    const patience = setTimeout(() => this.mailer?.close(), LAST_LETTERS_MS);
    await this.rounds.stop();
    clearTimeout(patience);
    this.mailer?.close();
  }

  private async prune(): Promise<void> {
    try {
      await this.outbox.prune(this.clock.nowMs() - GIVE_UP_MS);
    } catch {
      // With the database away there is nothing to prune; the next round does it.
    }
  }
}

type Teller = (outcome: MailOutcome | 'postponed', order: MailOrder, error?: unknown) => void;

/** Counts what becomes of letters, and logs what went wrong: in codes, since servers' own words name addresses. */
function teller(metrics: Metrics, logger: Logger): Teller {
  const letters = metrics.counter({
    name: 'auth_mail_total',
    help: 'Letters by what became of them; postponed counts attempts',
    labels: ['letter', 'outcome'],
  });
  return (outcome, { kind, id, attempts }, error) => {
    letters.inc({ letter: kind, outcome });
    if (!(error instanceof LetterRefused) && !(error instanceof MailerUnavailable)) return;
    const { code, replyCode, command } = error.facts;
    const why = [code, replyCode, command].filter((part) => part !== undefined).join(' ');
    logger.warn(`letter ${id} (${kind}) ${outcome} after attempt ${attempts}: ${why}`);
  };
}
