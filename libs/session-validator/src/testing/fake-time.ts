import type { Time } from '../core/time.js';

/** A clock that stands still until told to move. Begins at the current whole second. */
export class FakeTime implements Time {
  private wallMs = Math.floor(Date.now() / 1000) * 1000;
  private elapsedMs = 0;

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Lets time pass, on both clocks. */
  advance(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }

  /** Sets the wall clock without time passing, as an operator or NTP does. */
  jump(ms: number): void {
    this.wallMs += ms;
  }
}
