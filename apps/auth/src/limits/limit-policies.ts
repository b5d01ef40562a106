import type { GrowingDelay, SlidingWindow, TokenBucket } from '@gatehouse/rate-limit';

/** The figures of all limits. They may change while the service runs, so they are read each time. */
export interface LimitFigures {
  /** Attempts at a password: per network and route, and per account. */
  readonly signInPerMinute: number;
  /** Attempts at a password: per account and network. */
  readonly pairPerHour: number;
  /** Requests in all, per caller; the tokens of one session may ask for half of it. */
  readonly apiPerMinute: number;
  /** Requests to the routes of OAuth, per client and network. */
  readonly clientPerMinute: number;
  /** Wrong passwords that cost no delay. */
  readonly freeFailures: number;
  readonly maxDelayMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Failures are forgotten when none has come for this long after the last delay. */
const FORGET_MS = 24 * HOUR_MS;

/** Validators report once a second each, many from one network. */
const REPORTS_PER_MINUTE = 6_000;

/** People of one gateway who sign in or are signed out: a morning's rush of a large house. */
const GATEWAY_PER_MINUTE = 6_000;

/**
 * Secrets of clients have 256 random bits: no rate of guessing finds one. What the delay stops is noise, and it must not stop a service
 * whose neighbour in the same network still has the secret of yesterday; so it begins late and stays short.
 */
const CLIENT_DELAY = { free: 5, firstMs: 1_000, maxMs: MINUTE_MS, forgetMs: 10 * MINUTE_MS };

/**
 * All limits of the service in one place: who is counted, how much, over what time.
 *
 * | policy    | counts                                                        |
 * | --------- | ------------------------------------------------------------- |
 * | `api`     | all requests of a caller: a person, a service, else a network |
 * | `token`   | all requests with the tokens of one session                   |
 * | `reports` | reports of validators, apart from all else                    |
 * | `gateway` | sign-ins and sign-outs that a gateway hands in                |
 * | `signin`  | attempts at a password of one network, route by route         |
 * | `pair`    | attempts at one account from one network                      |
 * | `account` | attempts at one account by whoever it does not know           |
 * | `known`   | attempts at one account by one device or network it knows     |
 * | `delay`   | wrong passwords for one account, strangers and known apart    |
 * | `client`  | requests of one client from one network, at the OAuth routes  |
 *
 * Wrong secrets of a client cost a `delay` as well.
 */
export function limitPolicies(figures: LimitFigures) {
  return {
    api: (caller: string): SlidingWindow => ({ ...perMinute('api', figures.apiPerMinute), key: caller }),
    /** So that one token that loops, or was stolen, leaves the person's other sessions room. */
    token: (sessionId: string): SlidingWindow => ({
      ...perMinute('token', Math.ceil(figures.apiPerMinute / 2)),
      key: sessionId,
    }),
    reports: (caller: string): TokenBucket => ({
      ...perMinute('reports', REPORTS_PER_MINUTE),
      kind: 'token-bucket',
      key: caller,
    }),
    gateway: (caller: string): TokenBucket => ({
      ...perMinute('gateway', GATEWAY_PER_MINUTE),
      kind: 'token-bucket',
      key: caller,
    }),
    get signin() {
      return perMinute('signin', figures.signInPerMinute);
    },
    get pair() {
      return { policy: 'pair', limit: figures.pairPerHour, windowMs: HOUR_MS } as const;
    },
    get account() {
      return perMinute('account', figures.signInPerMinute);
    },
    known: (acquaintance: string): SlidingWindow => ({
      ...perMinute('known', figures.signInPerMinute),
      key: acquaintance,
    }),
    /** @param whose - an account, or an acquaintance of one */
    delay: (whose: string): GrowingDelay => ({
      kind: 'growing-delay',
      policy: 'delay',
      key: whose,
      free: figures.freeFailures,
      firstMs: Math.min(1_000, figures.maxDelayMs),
      maxMs: figures.maxDelayMs,
      forgetMs: FORGET_MS,
    }),
    /** @param whose - a client in a network */
    client: (whose: string): SlidingWindow => ({ ...perMinute('client', figures.clientPerMinute), key: whose }),
    /** @param whose - the same */
    clientDelay: (whose: string): GrowingDelay => ({
      kind: 'growing-delay',
      policy: 'delay',
      key: whose,
      ...CLIENT_DELAY,
    }),
  } as const;
}

export type LimitPolicies = ReturnType<typeof limitPolicies>;

function perMinute<Policy extends string>(policy: Policy, limit: number) {
  return { kind: 'sliding-window', policy, limit, windowMs: MINUTE_MS } as const;
}
