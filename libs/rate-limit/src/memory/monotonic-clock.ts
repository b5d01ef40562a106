import { Clock } from '@gatehouse/kernel';

/** A clock that nobody can set: limits counted in a process must not open, or close for good, when its wall clock jumps. */
export class MonotonicClock extends Clock {
  override nowMs(): number {
    return Math.floor(performance.timeOrigin + performance.now());
  }
}
