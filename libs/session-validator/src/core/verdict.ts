import type { AccessTokenClaims, TokenRefusal } from '@gatehouse/contracts';

/** Who is asking, as the token says. Frozen: one object serves all requests that carry the same token. */
export interface Principal {
  readonly userId: number;
  /** The `sub` claim: the user id as text. */
  readonly subject: string;
  readonly sessionId: string;
  readonly tokenId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** The user's token generation; raised when roles or rights change. */
  readonly generation: number;
  /** When the person last proved who they are, in milliseconds since the epoch. */
  readonly authenticatedAtMs: number;
  /** How (RFC 8176), for example `["pwd", "otp"]`. */
  readonly authMethods: readonly string[];
  readonly acr: string;
}

/** The claims of an accepted token. */
export interface VerifiedClaims extends AccessTokenClaims {
  /** `sub` as the number it is in JSON. */
  getUserId(): number;
}

export interface Accepted {
  readonly ok: true;
  readonly claims: VerifiedClaims;
  readonly principal: Principal;
}

export interface Refused {
  readonly ok: false;
  /** Stable; see the README for what each means to the caller. */
  readonly reason: TokenRefusal;
  /** For people. Holds no part of the token. */
  readonly message: string;
}

/** A refused token is a value, never an exception. */
export type Verdict = Accepted | Refused;

export function refused(reason: TokenRefusal, message: string): Refused {
  return { ok: false, reason, message };
}

/**
 * How stale the revocation feed may be for a decision:
 *
 * - `open`: any age; the last known list is enforced, and a token lives at most to its `exp`
 * - `{ boundedSeconds }`: refused with `FEED_STALE` once the newest proof is older
 * - `closed`: bounded at {@link CLOSED_SECONDS}
 */
export type Freshness = 'open' | 'closed' | { readonly boundedSeconds: number };

/** Five missed heartbeats. */
export const CLOSED_SECONDS = 5;

/** The oldest proof a policy accepts, in milliseconds. */
export function maxFeedAgeMs(freshness: Freshness): number {
  if (freshness === 'open') return Number.POSITIVE_INFINITY;
  return (freshness === 'closed' ? CLOSED_SECONDS : freshness.boundedSeconds) * 1000;
}
