/** What is counted, and under which name. */
interface Counted {
  /** A short name in lower case that clients are told, for example `signin`. Part of what is counted. */
  readonly policy: string;
  /** Who or what is limited: an address, an account, a token. Never stored or logged as it is. */
  readonly key: string;
}

/** Within any span of `windowMs` at most `limit` attempts are admitted. Exact; costs some ten bytes per attempt. */
export interface SlidingWindow extends Counted {
  readonly kind: 'sliding-window';
  /** 0 admits nothing. */
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Up to `limit` attempts at once, replenished evenly over `windowMs`: within any span of t ms at most
 * `limit + t * limit / windowMs` are admitted. A single number, however large the limit.
 */
export interface TokenBucket extends Counted {
  readonly kind: 'token-bucket';
  /** 0 admits nothing. */
  readonly limit: number;
  /** Time in which an empty bucket fills. */
  readonly windowMs: number;
}

/**
 * Each attempt that is neither withdrawn nor forgiven puts off the next: by `firstMs`, then twice that, and so on up to
 * `maxMs`. Counted when it begins, so that attempts made side by side cannot outrun it.
 */
export interface GrowingDelay extends Counted {
  readonly kind: 'growing-delay';
  /** Attempts that put nothing off. */
  readonly free: number;
  readonly firstMs: number;
  readonly maxMs: number;
  /** After this long without an attempt, all is forgotten; counted from the end of the delay. */
  readonly forgetMs: number;
}

export type Limit = SlidingWindow | TokenBucket | GrowingDelay;

/** How one limit stands. */
export interface LimitReading {
  readonly policy: string;
  /** Of a growing delay: 1. */
  readonly limit: number;
  /** Of a growing delay: the delay that holds, 0 when there is none. */
  readonly windowMs: number;
  /** Attempts that are left now, 0 and up. */
  readonly remaining: number;
  /** Until more becomes available, in ms; 0 when nothing is missing. */
  readonly resetMs: number;
  /** How long this limit refuses, in ms; 0 when it admitted the attempt. */
  readonly waitMs: number;
}

/** What an attempt came to. */
export interface Verdict {
  /** Whether every limit admitted it. Otherwise none of them was charged. */
  readonly admitted: boolean;
  /** When it was decided, in ms since the epoch, by the clock of whoever counts. */
  readonly atMs: number;
  /** Until an attempt is admitted again if nobody else makes one, in ms; 0 when this one was. */
  readonly waitMs: number;
  /** In the order of the limits asked for; a refusal may leave out limits that nobody had to look at. */
  readonly readings: readonly LimitReading[];
  /** The one that refuses longest, else the one with the least left. `undefined` when no limit was asked for. */
  readonly tightest: LimitReading | undefined;
  /** Names this charge for {@link RateLimiter.withdraw}: one for each limit, none for a refusal. */
  readonly marks: readonly string[];
}

/** @throws {RangeError} for limits that cannot be meant: a fault of ours, never of a client. */
export function checkLimits(limits: readonly Limit[]): void {
  for (const limit of limits) {
    const figures =
      limit.kind === 'growing-delay'
        ? [limit.free, limit.firstMs, limit.maxMs, limit.forgetMs]
        : [limit.limit, limit.windowMs];
    if (!figures.every((figure) => Number.isSafeInteger(figure) && figure >= 0) || figures.at(-1) === 0) {
      throw new RangeError(`limit "${limit.policy}" has figures that are no whole numbers of ms or attempts`);
    }
  }
}

/** Puts the readings of single limits together. */
export function verdictOf(atMs: number, readings: readonly LimitReading[], marks: readonly string[]): Verdict {
  const waitMs = Math.max(0, ...readings.map((reading) => reading.waitMs));
  const [tightest] = [...readings].sort((a, b) => b.waitMs - a.waitMs || a.remaining - b.remaining);
  return { admitted: waitMs === 0, atMs, waitMs, readings, tightest, marks };
}
