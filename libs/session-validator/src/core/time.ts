/** The time, as a need, so that tests decide it. */
export interface Time {
  /** Wall clock, in milliseconds since the epoch. Decides `exp`, `nbf`, `iat`. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, never going back. Decides ages: a clock that is set must not make stale data fresh. */
  monotonicMs(): number;
}

export const systemTime: Time = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
