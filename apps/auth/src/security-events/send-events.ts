import type { Clock } from '@gatehouse/kernel';
import type { EventPush, PushOutcome } from './event-push.port.js';
import type { ReceiverCursor, ReceiverCursors } from './receiver-cursors.port.js';
import type { Receiver } from './receivers/receiver.js';
import type { SecurityEvent } from './security-event.js';
import { KEEP_EVENTS_MS, type SecurityEventLog } from './security-event-log.port.js';
import type { SecurityEventSigner } from './security-event-signer.port.js';

/** What became of an event; `postponed` of an attempt. */
export type SendOutcome = 'sent' | 'given_up' | 'postponed';

/** Hears of each outcome; `why` is in codes, and `undefined` where it was sent. */
export type SendWatch = (
  receiver: string,
  event: SecurityEvent,
  outcome: SendOutcome,
  facts: { readonly why?: string; readonly attempts?: number; readonly pauseMs?: number },
) => void;

/** Events of one look. */
const PAGE = 100;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;
/** A receiver that asks for more patience gets this much. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Takes events to one receiver: in order, one at a time, each until the receiver has it. An event may arrive twice, with the same `jti`, when
 * the answer to it or the note of it is lost. None is left out but those the receiver refuses for good, and those nobody took for a week.
 */
export class SendEvents {
  /** @param firstPauseMs - after a first failure; it doubles up to five minutes. */
  constructor(
    private readonly receiver: Receiver,
    private readonly log: SecurityEventLog,
    private readonly cursors: ReceiverCursors,
    private readonly signer: SecurityEventSigner,
    private readonly way: EventPush,
    private readonly clock: Clock,
    private readonly watch: SendWatch,
    private readonly firstPauseMs = FIRST_PAUSE_MS,
  ) {}

  /**
   * Sends what there is, until there is nothing more, or the receiver fails, or another instance has it.
   *
   * @throws {DatabaseUnavailable}
   */
  async run(closing: AbortSignal): Promise<void> {
    const { name } = this.receiver;
    let cursor = await this.cursors.hold(name);
    while (cursor && cursor.dueAtMs <= this.clock.nowMs() && !closing.aborted) {
      const events = await this.log.after(cursor.position, PAGE);
      for (const event of events) {
        if (!(await this.tell(event, cursor, closing))) return;
        if (!(await this.cursors.advance(name, cursor.position, event.position))) return;
        if (closing.aborted) return;
        cursor = { ...cursor, position: event.position, attempts: 0, dueAtMs: 0 };
      }
      if (events.length < PAGE) return;
      cursor = await this.cursors.hold(name);
    }
  }

  /** @returns whether to go on to the next one. */
  private async tell(event: SecurityEvent, cursor: ReceiverCursor, closing: AbortSignal): Promise<boolean> {
    const { name, audience } = this.receiver;
    // From before somebody asked to hear of it.
    if (event.happenedAtMs < cursor.sinceMs) return true;
    if (this.clock.nowMs() - event.happenedAtMs > KEEP_EVENTS_MS) {
      this.watch(name, event, 'given_up', { why: 'too_late' });
      return true;
    }
    const outcome = await this.way.push(this.receiver, await this.signer.sign(event, audience), closing);
    if (outcome.kind === 'taken') {
      this.watch(name, event, 'sent', {});
      return true;
    }
    if (outcome.kind === 'refused') {
      this.watch(name, event, 'given_up', { why: outcome.why });
      return true;
    }
    // We hung up ourselves: that tells nothing about the receiver.
    if (!closing.aborted) await this.postpone(event, cursor.attempts + 1, outcome);
    return false;
  }

  private async postpone(
    event: SecurityEvent,
    attempts: number,
    { why, retryAfterMs }: Extract<PushOutcome, { kind: 'failed' }>,
  ): Promise<void> {
    const growing = Math.min(MAX_PAUSE_MS, this.firstPauseMs * 2 ** Math.min(attempts - 1, 30));
    // A quarter more or less, so that receivers that failed together are not tried together.
    const jittered = growing * (0.75 + Math.random() / 2);
    const pauseMs = Math.round(Math.max(jittered, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
    this.watch(this.receiver.name, event, 'postponed', { why, attempts, pauseMs });
    await this.cursors.postpone(this.receiver.name, attempts, this.clock.nowMs() + pauseMs);
  }
}
