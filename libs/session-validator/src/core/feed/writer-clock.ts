import { comparePositions } from '@gatehouse/contracts';
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
  private claim: { readonly position: string; readonly askedAtMs: number } | undefined;

  /** The record at `position` had not been written yet at `askedAtMs`, or was not in the log that was asked then. */
  learn(position: string, askedAtMs: number): void {
    this.samples.push(askedAtMs - positionMs(position));
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /**
   * As {@link learn}, but from hearsay: a notice can be late, and its record one that a failover lost, which was not there
   * although it had been written. It counts once {@link confirm} has found it.
   */
  hear(position: string, askedAtMs: number): void {
    this.claim = { position, askedAtMs };
  }

  /** The log has the record at `position`, and so all that led there. */
  confirm(position: string): void {
    const { claim } = this;
    if (!claim || comparePositions(claim.position, position) > 0) return;
    this.claim = undefined;
    this.learn(claim.position, claim.askedAtMs);
  }

  /** Nothing is known but by hearsay. */
  get needsConfirmation(): boolean {
    return this.claim !== undefined && this.samples.length === 0;
  }

  /** Minus infinity while nothing is known. */
  writtenAfterMs(position: string): number {
    return positionMs(position) + Math.max(...this.samples);
  }

  /** Another writer, or another server, may have another clock. */
  forget(): void {
    this.samples = [];
    this.claim = undefined;
  }
}
