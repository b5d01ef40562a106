import { ACTIVITY_INTERVAL_MS } from '@gatehouse/contracts';
import { ReportRefused } from '../receipts/receipts.port.js';
import type { Time } from '../time.js';
import type { ActivityReporter } from './activity.port.js';
import { ActivityTally } from './activity-tally.js';
import { takeBatch, told } from './pack-batch.js';
import type { SeenSession } from './seen-session.js';

/** How long the last word may hold up the end of a service. */
const FAREWELL_MS = 500;
/** A side that refuses is asked again this seldom, in intervals. */
const LONGEST_PAUSE = 12;
/** A batch that was refused this often is not sent again: it may be the batch. */
const MAX_REFUSALS = 3;

/** What was taken out of the tally and is not known to have arrived. */
interface Sent {
  readonly number: number;
  readonly sessions: readonly SeenSession[];
}

/**
 * Reports every few seconds what was counted, batch after batch. While nobody takes it, one batch is held and the tally goes on
 * counting within its bounds. Failures stay in here.
 */
export class ActivityLoop {
  readonly tally: ActivityTally;
  private readonly instance = globalThis.crypto.randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private held: Sent | undefined;
  private number = 0;
  private refusals = 0;
  private pause = 0;
  private reported = 0;

  constructor(
    private readonly reporter: ActivityReporter,
    private readonly time: Time,
    private readonly warn: (message: string) => void,
    maxSessions?: number,
  ) {
    this.tally = new ActivityTally(time.nowMs(), maxSessions);
  }

  /** Requests that the other side has taken. */
  get reportedRequests(): number {
    return this.reported;
  }

  /** Sessions with something to tell. */
  get waitingSessions(): number {
    return this.tally.size + (this.held?.sessions.length ?? 0);
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), ACTIVITY_INTERVAL_MS).unref();
  }

  /** Tells what is left, and ends. Takes half a second at the most. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const lastWord = async () => {
      await this.sending;
      await this.sendAll();
    };
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL_MS)));
    await Promise.race([lastWord(), patience]);
    clearTimeout(timer);
    this.reporter.close();
  }

  private tick(): void {
    if (this.sending) return;
    if (this.pause > 0) {
      this.pause -= 1;
      return;
    }
    this.sending = this.sendAll().finally(() => (this.sending = undefined));
  }

  /** Never rejects. What is counted meanwhile is for the next time: else somebody fast would keep us here. */
  private async sendAll(): Promise<void> {
    let left = this.waitingSessions;
    while (left > 0) {
      this.held ??= this.nextBatch();
      if (!this.held) return;
      left -= this.held.sessions.length;
      if (!(await this.send(this.held))) return;
      this.held = undefined;
    }
  }

  private nextBatch(): Sent | undefined {
    const sessions = takeBatch(this.tally);
    return sessions.length === 0 ? undefined : { number: ++this.number, sessions };
  }

  private async send({ number, sessions }: Sent): Promise<boolean> {
    const nowMs = this.time.nowMs();
    const batch = { instance: this.instance, batch: number, sessions: sessions.map((one) => told(one, nowMs)) };
    try {
      if (!(await this.reporter.report(batch))) return false;
      this.reported += requestsOf(sessions);
      this.refusals = 0;
      return true;
    } catch (error) {
      this.holdBack(error);
      return false;
    }
  }

  /** Asks less and less often; told once, until it works again. */
  private holdBack(error: unknown): void {
    this.refusals += 1;
    this.pause = Math.min(2 ** this.refusals, LONGEST_PAUSE);
    if (this.refusals >= MAX_REFUSALS && this.held) {
      this.tally.giveUp(requestsOf(this.held.sessions));
      this.held = undefined;
    }
    if (this.refusals > 1) return;
    const cause = error instanceof ReportRefused ? error.refusal : error instanceof Error ? error.name : 'unknown';
    this.warn(`The requests of sessions cannot be reported (${cause}); validation goes on as before.`);
  }
}

const requestsOf = (sessions: readonly SeenSession[]) => sessions.reduce((sum, { requests }) => sum + requests, 0);
