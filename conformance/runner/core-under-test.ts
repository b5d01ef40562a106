import {
  createSessionValidator,
  type Freshness,
  type KeySource,
  type Principal,
  type RevocationFeed,
  type SessionValidator,
  type SessionValidatorConfig,
  type Verdict,
} from '@gatehouse/session-validator';
import type { ExpectedVerdict, Policy, ValidatorSettings } from './vectors.js';

/** A clock that stands where a vector puts it. */
export class VectorClock {
  private elapsedMs = 0;

  constructor(private wallMs: number) {}

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  wait(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }

  /** Sets the wall clock by `ms` without time passing. */
  set(ms: number): void {
    this.wallMs += ms;
  }
}

/** Hands over the bundles a vector offers. */
export class OfferedBundles implements KeySource {
  private take: (document: string) => void = () => undefined;

  start(offer: (document: string) => void): void {
    this.take = offer;
  }

  offer(document: string): void {
    this.take(document);
  }

  async refresh(): Promise<void> {
    // A vector offers what there is when its step comes.
  }

  async close(): Promise<void> {
    this.take = () => undefined;
  }
}

export interface CoreOptions {
  readonly clock: VectorClock;
  readonly feed?: RevocationFeed;
  readonly keySource?: KeySource;
  /** In place of `feed`: the feed over Redis. */
  readonly redisUrl?: string;
}

/** Our validator, through the door every service uses, with the settings of a vector. */
export function coreWith(
  settings: ValidatorSettings,
  { clock, feed, keySource, redisUrl }: CoreOptions,
): SessionValidator {
  const config: SessionValidatorConfig = {
    trustAnchor: settings.trust_anchor,
    keyBundle: settings.key_bundle,
    jwks: settings.jwks,
    jwtSecret: settings.jwt_secret,
    issuer: settings.issuer,
    audience: settings.audience,
    clockToleranceSeconds: settings.clock_tolerance_seconds,
    maxTokenSeconds: settings.max_token_seconds,
    ...(redisUrl === undefined ? { feed: feed ?? 'none' } : { redisUrl }),
    keySource,
    time: clock,
    warn: () => undefined,
  };
  return createSessionValidator(config);
}

export function freshnessOf(policy: Policy | undefined): Freshness | undefined {
  return typeof policy === 'object' ? { boundedSeconds: policy.bounded_seconds } : policy;
}

/** A verdict in the words of the vectors. `whole: false` leaves the principal out. */
export function inWords(verdict: Verdict, { whole }: { readonly whole: boolean }): ExpectedVerdict {
  if (!verdict.ok) return { verdict: 'refused', reason: verdict.reason };
  if (!whole) return { verdict: 'accepted' };
  const { principal } = verdict;
  const { subject, sessionId, tokenId, clientId, deviceId, actorId, authenticatedAtMs, authMethods, ...rest } =
    withoutUser(principal);
  return {
    verdict: 'accepted',
    principal: {
      ...userOf(principal),
      subject,
      session_id: sessionId,
      token_id: tokenId,
      client_id: clientId,
      ...(deviceId === undefined ? {} : { device_id: deviceId }),
      ...(actorId === undefined ? {} : { actor_id: actorId }),
      authenticated_at_ms: authenticatedAtMs,
      auth_methods: authMethods,
      // What remains keeps its name, so a member the vectors do not know would show.
      ...rest,
    },
  };
}

/** Who it is: a service account has no user id, and asking it for one throws. */
function userOf(principal: Principal): Record<string, unknown> {
  const { serviceAccountId } = principal;
  return serviceAccountId === undefined ? { user_id: principal.userId } : { service_account_id: serviceAccountId };
}

function withoutUser(principal: Principal): Omit<Principal, 'userId' | 'serviceAccountId'> {
  return Object.fromEntries(
    Object.entries(principal).filter(([name]) => name !== 'userId' && name !== 'serviceAccountId'),
  ) as unknown as Omit<Principal, 'userId' | 'serviceAccountId'>;
}
