import type { ThrottlerStorage } from '@nestjs/throttler';
import type { WindowReading } from './sliding-window.script.js';

// The package exports the storage's interface but not the name of its answer.
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Seconds are rounded up: a client that waits exactly that long is admitted. */
export function throttlerRecord({ admitted, hits, oldestLeavesInMs }: WindowReading): ThrottlerRecord {
  const seconds = Math.max(1, Math.ceil(oldestLeavesInMs / 1000));
  return {
    totalHits: hits,
    timeToExpire: seconds,
    isBlocked: !admitted,
    timeToBlockExpire: admitted ? 0 : seconds,
  };
}
