/** The time, as a need, so that tests decide it. */
export interface Time {
  /** Wall clock, in milliseconds since the epoch. Decides `exp`, `nbf`, `iat`. */
  nowMs(): number;
  /**
   * Milliseconds from an arbitrary start, never going back. Decides ages: a clock that is set must not make stale data
   * fresh, and neither must a machine that slept.
   */
  monotonicMs(): number;
}

/** Where the system's time comes from. */
export interface Clocks {
  wallMs(): number;
  steadyMs(): number;
}

/** The two clocks run apart by less than this on their own: the wall clock is slewed and has a grain. */
const APART_MS = 1_000;

/**
 * The clocks of the machine. Its steady clock stands still while a machine sleeps or its image lies on a disk, and a list
 * from before would look as fresh as ever. The wall clock knows better afterwards, so what it is ahead counts as time that
 * has passed; if somebody merely set it, data looks older than it is until the next proof.
 */
export class SystemTime implements Time {
  private apartMs: number;
  private sleptMs = 0;

  /** @param clocks - for tests. @default those of the machine */
  constructor(private readonly clocks: Clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() }) {
    this.apartMs = clocks.wallMs() - clocks.steadyMs();
  }

  nowMs(): number {
    return this.clocks.wallMs();
  }

  monotonicMs(): number {
    const steadyMs = this.clocks.steadyMs();
    const aheadMs = this.clocks.wallMs() - steadyMs - this.apartMs;
    if (Math.abs(aheadMs) > APART_MS) {
      this.apartMs += aheadMs;
      this.sleptMs += Math.max(aheadMs, 0);
    }
    return steadyMs + this.sleptMs;
  }
}

export const systemTime: Time = new SystemTime();
