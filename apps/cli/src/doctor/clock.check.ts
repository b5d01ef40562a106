import { found, type Finding } from './finding.js';

const DRIFT_MS = 1_000;

/**
 * @param theirsMs - what the other clock said, between our two readings
 * @param grainMs - how coarse their clock is: an HTTP date has whole seconds
 * @param toleranceSeconds - what services forgive
 */
export function judgeClock(
  subject: string,
  { beforeMs, afterMs, theirsMs }: ClockReading,
  grainMs: number,
  toleranceSeconds: number,
): Finding | undefined {
  const ahead = theirsMs - afterMs;
  const behind = beforeMs - (theirsMs + grainMs);
  const apartMs = Math.max(ahead, behind, 0);
  const detail = `${ahead > behind ? 'ahead of' : 'behind'} this machine by ${(apartMs / 1000).toFixed(1)} s`;
  if (apartMs > toleranceSeconds * 1000) return found('CLOCK_SKEW', subject, detail);
  return apartMs > DRIFT_MS ? found('CLOCK_DRIFT', subject, detail) : undefined;
}

export interface ClockReading {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly theirsMs: number;
}
