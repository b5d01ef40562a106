import type { ConfigOf } from '@gatehouse/config';
import type { GrowingDelay, SlidingWindow, TokenBucket } from '@gatehouse/rate-limit';
import type { limitsFields } from '../config/limits.fields.js';

/** The figures of all limits, as configured. */
export interface LimitFigures {
  /** Attempts at a password: per network and route, and per account. */
  readonly signInPerMinute: number;
  /** Attempts at a password: per account and network. */
  readonly pairPerHour: number;
  /** Requests in all, per caller. */
  readonly apiPerMinute: number;
  /** Wrong passwords that cost no delay. */
  readonly freeFailures: number;
  readonly maxDelayMs: number;
}

/** The figures, from the variables of `limits.fields.ts`. */
export function limitFiguresOf(settings: ConfigOf<typeof limitsFields>): LimitFigures {
  return {
    signInPerMinute: settings.RATE_LIMIT_SIGNIN_PER_MINUTE,
    pairPerHour: settings.RATE_LIMIT_PAIR_PER_HOUR,
    apiPerMinute: settings.RATE_LIMIT_API_PER_MINUTE,
    freeFailures: settings.SIGNIN_FREE_FAILURES,
    maxDelayMs: settings.SIGNIN_DELAY_MAX * 1000,
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Failures are forgotten when none has come for this long after the last delay. */
const FORGET_MS = 24 * HOUR_MS;

/** Validators report once a second each, many from one network. */
const REPORTS_PER_MINUTE = 6_000;

/**
 * All limits of the service in one place: who is counted, how much, over what time.
 *
 * | policy    | counts                                                        |
 * | --------- | ------------------------------------------------------------- |
 * | `api`     | all requests of a caller: a person, a service, else a network |
 * | `reports` | reports of validators, apart from all else                    |
 * | `signin`  | attempts at a password of one network, route by route         |
 * | `pair`    | attempts at one account from one network                      |
 * | `account` | attempts at one account by whoever it does not know           |
 * | `known`   | attempts at one account by one device or network it knows     |
 * | `delay`   | wrong passwords for one account, strangers and known apart    |
 */
export function limitPolicies(figures: LimitFigures) {
  const { signInPerMinute, pairPerHour, apiPerMinute, freeFailures, maxDelayMs } = figures;
  return {
    api: (caller: string): SlidingWindow => ({ ...perMinute('api', apiPerMinute), key: caller }),
    reports: (caller: string): TokenBucket => ({
      ...perMinute('reports', REPORTS_PER_MINUTE),
      kind: 'token-bucket',
      key: caller,
    }),
    signin: perMinute('signin', signInPerMinute),
    pair: { policy: 'pair', limit: pairPerHour, windowMs: HOUR_MS },
    account: perMinute('account', signInPerMinute),
    known: (acquaintance: string): SlidingWindow => ({ ...perMinute('known', signInPerMinute), key: acquaintance }),
    /** @param whose - an account, or an acquaintance of one */
    delay: (whose: string): GrowingDelay => ({
      kind: 'growing-delay',
      policy: 'delay',
      key: whose,
      free: freeFailures,
      firstMs: Math.min(1_000, maxDelayMs),
      maxMs: maxDelayMs,
      forgetMs: FORGET_MS,
    }),
  } as const;
}

export type LimitPolicies = ReturnType<typeof limitPolicies>;

function perMinute(policy: string, limit: number) {
  return { kind: 'sliding-window', policy, limit, windowMs: MINUTE_MS } as const;
}
