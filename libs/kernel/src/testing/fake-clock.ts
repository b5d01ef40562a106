import { Clock } from '../clock.js';

/** A clock that stands still until told to move. Starts at 2026-01-01T00:00:00Z. */
export class FakeClock extends Clock {
  constructor(private currentMs = Date.UTC(2026, 0, 1)) {
    super();
  }

  override nowMs(): number {
    return this.currentMs;
  }

  advance(ms: number): void {
    this.currentMs += ms;
  }
}
