import { positionMs } from './position-ms.js';

/** How many of the latest readings are kept: enough to come close, few enough to forget a clock that was set. */
const SAMPLES = 16;

/**
 * Tells when, on our own monotonic clock, a record was written at the earliest. That it arrives now says little: it may
 * have lain in a socket while this process was stopped or the network was clogged, and what was written after it lies
 * there still.
 *
 * Positions carry the writer's time, whose difference to ours is not known; but a record that was not in the log when we
 * asked was written after we asked, and the best of those differences holds for every later record. Setting the writer's
 * clock forward spoils that until {@link SAMPLES} more were taken; meanwhile a record counts from its arrival.
 */
export class WriterClock {
  private samples: number[] = [];

  /** The record at `position` was not there yet when the log was asked at `askedAtMs`. */
  learn(position: string, askedAtMs: number): void {
    this.samples.push(askedAtMs - positionMs(position));
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Minus infinity while nothing is known. */
  writtenAfterMs(position: string): number {
    return positionMs(position) + Math.max(...this.samples);
  }

  /** Another writer, or another server, may have another clock. */
  forget(): void {
    this.samples = [];
  }
}
