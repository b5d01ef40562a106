/** What is left of one limit. */
export interface LimitReading {
  /** A short name in lower case, for example `api`. */
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until more becomes available. */
  readonly resetInSeconds: number;
}

/**
 * The headers that tell a client where it stands: `RateLimit-Policy` and `RateLimit` as structured fields
 * (draft-ietf-httpapi-ratelimit-headers-11), all limits in one list, and the older `X-RateLimit-*` for the tightest of them, whose
 * reset is an instant in Unix seconds.
 */
export function rateLimitHeaders(readings: readonly LimitReading[], nowMs: number): Record<string, string> {
  const [tightest] = [...readings].sort((a, b) => a.remaining - b.remaining);
  if (!tightest) return {};
  return {
    'x-ratelimit-limit': String(tightest.limit),
    'x-ratelimit-remaining': String(tightest.remaining),
    'x-ratelimit-reset': String(Math.ceil(nowMs / 1000) + tightest.resetInSeconds),
    'ratelimit-policy': readings.map((r) => `"${r.policy}";q=${r.limit};w=${r.windowSeconds}`).join(', '),
    ratelimit: readings.map((r) => `"${r.policy}";r=${r.remaining};t=${r.resetInSeconds}`).join(', '),
  };
}
