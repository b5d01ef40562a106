import { CourierRounds } from '../mail/courier-rounds.js';
import type { ReceiverCursors } from './receiver-cursors.port.js';
import type { SecurityEventLog } from './security-event-log.port.js';
import type { SendEvents } from './send-events.js';

export interface TransmitterSettings {
  /** Pause between two looks for something to tell, in ms. @default 1000 */
  readonly lookEveryMs?: number;
  /** Hears of a round that failed; the next one tries again. */
  readonly onProblem: (error: unknown) => void;
}

const LOOK_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 600_000;

/**
 * The sending side of the Shared Signals Framework. Runs in every instance, beside the requests and never in one: notes what has happened, and
 * takes it to each receiver on a round of its own, so that a slow one holds up nobody else.
 */
export class Transmitter {
  private readonly collecting: CourierRounds;
  private readonly sending: readonly CourierRounds[];
  private pruning: NodeJS.Timeout | undefined;

  /** @param senders - one for each receiver; with none nothing is noted, and nothing is kept. */
  constructor(
    private readonly senders: readonly Pick<SendEvents, 'run'>[],
    private readonly log: SecurityEventLog,
    private readonly cursors: ReceiverCursors,
    private readonly settings: TransmitterSettings,
  ) {
    const { onProblem, lookEveryMs = LOOK_EVERY_MS } = settings;
    this.collecting = new CourierRounds(() => this.collectAndCall(), onProblem, lookEveryMs);
    this.sending = senders.map((sender) => new CourierRounds((end) => sender.run(end), onProblem, lookEveryMs));
  }

  start(): void {
    if (this.senders.length === 0) return;
    for (const rounds of [this.collecting, ...this.sending]) rounds.start();
    this.pruning = setInterval(() => void this.log.prune().catch(this.settings.onProblem), PRUNE_EVERY_MS).unref();
  }

  /** Finishes the attempts in hand, or gives them up soon, and lets other instances go on at once. */
  async stop(): Promise<void> {
    if (this.senders.length === 0) return;
    clearInterval(this.pruning);
    await Promise.all([this.collecting, ...this.sending].map((rounds) => rounds.stop()));
    // With the database away they go on once the lease is over.
    await this.cursors.release().catch(this.settings.onProblem);
  }

  /**
   * Notes everything that has happened. For whoever is about to forget some of it.
   *
   * @throws {DatabaseUnavailable}
   */
  async collect(): Promise<void> {
    if (this.senders.length > 0) await this.log.collect();
  }

  private async collectAndCall(): Promise<void> {
    if ((await this.log.collect()) === 0) return;
    for (const rounds of this.sending) rounds.call();
  }
}
