import type { LimitReading } from '@gatehouse/rate-limit';

/**
 * The headers that tell a client where it stands: `RateLimit-Policy` and `RateLimit` as structured fields
 * (draft-ietf-httpapi-ratelimit-headers-11), all limits in one list, and the older `X-RateLimit-*` for the tightest of them, whose
 * reset is an instant in Unix seconds. Seconds are rounded up: whoever waits that long finds more.
 *
 * A delay is no quota and listed only while it refuses.
 */
export function rateLimitHeaders(readings: readonly LimitReading[], nowMs: number): Record<string, string> {
  const told = readings.filter(({ policy, waitMs }) => policy !== 'delay' || waitMs > 0).map(toldOf);
  const [tightest] = [...told].sort((a, b) => a.remaining - b.remaining || b.reset - a.reset);
  if (!tightest) return {};
  return {
    'x-ratelimit-limit': String(tightest.limit),
    'x-ratelimit-remaining': String(tightest.remaining),
    'x-ratelimit-reset': String(Math.ceil(nowMs / 1000) + tightest.reset),
    'ratelimit-policy': told.map((r) => `"${r.policy}";q=${r.limit};w=${r.window}`).join(', '),
    ratelimit: told.map((r) => `"${r.policy}";r=${r.remaining};t=${r.reset}`).join(', '),
  };
}

function toldOf({ policy, limit, remaining, windowMs, resetMs, waitMs }: LimitReading) {
  return {
    policy,
    limit,
    // Where another limit refuses, or this one has been lowered, some may be left on paper.
    remaining: waitMs > 0 ? 0 : remaining,
    window: wholeSeconds(windowMs),
    reset: wholeSeconds(waitMs > 0 ? waitMs : resetMs),
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
