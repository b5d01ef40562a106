import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { LetterWriter } from './letter-writer.port.js';
import type { MailOrder, MailOutbox, MailOutcome } from './mail-outbox.port.js';
import { type Mailer, LetterRefused, MailerUnavailable } from './mailer.port.js';

export interface CourierSettings {
  /** Letters that anybody can ask for, per address and hour. */
  readonly perAddressAndHour: number;
  /** Hears of each order's end, and of each attempt that failed, in codes. */
  readonly onOutcome?: (outcome: MailOutcome | 'postponed', order: MailOrder, error?: unknown) => void;
}

const HOUR_MS = 3_600_000;
/** A letter that nobody took for a day is given up. */
export const GIVE_UP_MS = 24 * HOUR_MS;
/** Outlives the longest attempt (30 s) by far, clocks that differ included: a letter in hand must not be taken twice. */
const LEASE_MS = 120_000;
/** Letters in hand at a time. */
const BATCH = 5;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = HOUR_MS;
/** Sent letters whose end could not be noted, at most. */
const MAX_UNNOTED = 10_000;

/** Takes letters to the mail server: each once, however many instances there are, and again until the server has it. */
export class MailCourier {
  /** Handed over, but the database did not hear of it: must not go out again. */
  private readonly unnoted = new Set<number>();

  constructor(
    private readonly outbox: MailOutbox,
    private readonly writer: LetterWriter,
    private readonly mailer: Mailer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly settings: CourierSettings,
  ) {}

  /**
   * Delivers what is due, until nothing is.
   *
   * @returns how many orders were worked on.
   * @throws {DatabaseUnavailable}; what is in hand then waits for its lease to end.
   */
  async deliverDue(signal?: AbortSignal): Promise<number> {
    let worked = 0;
    while (!signal?.aborted) {
      const orders = await this.outbox.take(BATCH, LEASE_MS);
      const results = await Promise.allSettled(orders.map((order) => this.deliver(order)));
      worked += orders.length;
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (orders.length < BATCH) break;
    }
    return worked;
  }

  private async deliver(order: MailOrder): Promise<void> {
    if (this.unnoted.has(order.id)) return this.finish(order, 'sent');
    // Also the end of a letter that cannot be written at all.
    if (order.attempts > 1 && this.clock.nowMs() - order.createdAtMs > GIVE_UP_MS) {
      return this.giveUp(order, 'too_late');
    }
    if ((await this.outbox.countBefore(order, HOUR_MS)) >= this.settings.perAddressAndHour) {
      return this.finish(order, 'dropped');
    }
    const letter = await this.writer.write(order);
    if (!letter) return this.finish(order, 'dropped');
    try {
      await this.mailer.send(letter, `order-${order.createdAtMs}-${order.id}`);
    } catch (error) {
      return this.failed(order, error);
    }
    if (this.unnoted.size < MAX_UNNOTED) this.unnoted.add(order.id);
    await this.finish(order, 'sent');
  }

  private async failed(order: MailOrder, error: unknown): Promise<void> {
    if (error instanceof LetterRefused) return this.giveUp(order, 'refused', error);
    if (!(error instanceof MailerUnavailable)) throw error;
    const dueAtMs = this.clock.nowMs() + pauseMs(order.attempts);
    if (dueAtMs - order.createdAtMs > GIVE_UP_MS) return this.giveUp(order, 'unreachable', error);
    this.settings.onOutcome?.('postponed', order, error);
    await this.outbox.postpone(order.id, dueAtMs);
  }

  private async giveUp(order: MailOrder, reason: string, error?: unknown): Promise<void> {
    const who = order.userId === undefined ? {} : { userId: order.userId };
    const details = { reason, letter: order.kind, attempts: order.attempts };
    this.audit.record({ kind: 'mail.given_up', ...who, details });
    await this.finish(order, 'given_up', error);
  }

  private async finish(order: MailOrder, outcome: MailOutcome, error?: unknown): Promise<void> {
    await this.outbox.finish(order.id, outcome);
    this.unnoted.delete(order.id);
    this.settings.onOutcome?.(outcome, order, error);
  }
}

/** 5 s, 10 s, 20 s… up to an hour, a quarter more or less: letters that failed together do not come back together. */
function pauseMs(attempts: number): number {
  const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
  return pause * (0.75 + Math.random() / 2);
}
