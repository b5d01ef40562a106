import type { SecurityEvent } from './security-event.js';

/** What receivers are to hear of, in one order for all of them. Methods throw `DatabaseUnavailable`. */
export abstract class SecurityEventLog {
  /**
   * Notes what has been revoked, and which passwords have been changed, since the last time. The first time there is nothing:
   * the log begins now. Any number of instances may do it at once; each event is noted once.
   *
   * @returns how many were noted.
   */
  abstract collect(): Promise<number>;

  /** The events after `position`, in order, at most `limit`. What is in the log after one of them never comes before it. */
  abstract after(position: number, limit: number): Promise<readonly SecurityEvent[]>;

  /** Forgets what every receiver has had, and what is older than `KEEP_EVENTS_MS`. @returns how many. */
  abstract prune(): Promise<number>;
}

/** An event that nobody took for a week is given up; so is a receiver that was not configured for a week. In ms. */
export const KEEP_EVENTS_MS = 7 * 86_400_000;
