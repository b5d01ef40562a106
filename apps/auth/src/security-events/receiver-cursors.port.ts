/** How far a receiver has come, and how it goes there. */
export interface ReceiverCursor {
  /** It has had everything up to here. */
  readonly position: number;
  /** It hears of what has happened since. */
  readonly sinceMs: number;
  /** Attempts in a row that failed at the event that comes next. */
  readonly attempts: number;
  /** Not to be tried before. */
  readonly dueAtMs: number;
}

/**
 * The places of the receivers, and who of several instances serves each: one at a time. Methods throw `DatabaseUnavailable`.
 */
export abstract class ReceiverCursors {
  /**
   * Takes the receiver, or keeps it, for as long as an attempt may last. A new one begins now; so does one that nobody has
   * served for `KEEP_EVENTS_MS`.
   *
   * @returns `undefined` while another instance has it.
   */
  abstract hold(receiver: string): Promise<ReceiverCursor | undefined>;

  /** Moves on, and keeps it. @returns false when it is another's by now: then stop. */
  abstract advance(receiver: string, from: number, to: number): Promise<boolean>;

  /** Notes a failed attempt. */
  abstract postpone(receiver: string, attempts: number, dueAtMs: number): Promise<void>;

  /** Lets go of all receivers, so that another instance goes on at once. */
  abstract release(): Promise<void>;

  /** Of each receiver: how long the oldest event has waited that it has not had, in ms; 0 when none waits. */
  abstract lagsMs(receivers: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
