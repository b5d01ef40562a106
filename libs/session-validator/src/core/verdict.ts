import type { AccessTokenClaims, TokenRefusal } from '@gatehouse/contracts';

/** Who is asking, as the token says. Frozen: one object serves all requests that carry the same token. */
export interface Principal {
  /**
   * The user's id as the number it is in the auth service. A service account has none, and asking it for one throws: what
   * is looked up by the id of a person must not be looked up by nothing. Services only reach routes that let them in.
   */
  readonly userId: number;
  /** The service account that asks, where no person does: its client id. See `serviceAccounts` of a route. */
  readonly serviceAccountId?: string | undefined;
  /** The `sub` claim: the user id as text, or the client id of a service account. */
  readonly subject: string;
  /** The `sid` claim: an identifier, never a credential. */
  readonly sessionId: string;
  /** The `jti` claim. */
  readonly tokenId: string;
  /** The `client_id` claim: the application the token was issued to. */
  readonly clientId: string;
  /** The `device_id` claim; `undefined` where the issuer keeps no account of devices. */
  readonly deviceId?: string | undefined;
  /** The administrator who acts in the person's place (`act`, RFC 8693 §4.1), by user id; absent where nobody does. */
  readonly actorId?: number | undefined;
  /** The `roles` claim. */
  readonly roles: readonly string[];
  /** The `scope` claim, taken apart at its spaces. */
  readonly scopes: readonly string[];
  /** The user's token generation; raised when roles or rights change. */
  readonly generation: number;
  /** When the person last proved who they are, in milliseconds since the epoch. */
  readonly authenticatedAtMs: number;
  /** How (RFC 8176), for example `["pwd", "otp"]`. */
  readonly authMethods: readonly string[];
  /** How strong the sign-in was, for example `aal2`. */
  readonly acr: string;
}

/** The claims of an accepted token. */
export interface VerifiedClaims extends AccessTokenClaims {
  /**
   * `sub` as the number it is in JSON.
   *
   * @throws {TypeError} for a service account.
   */
  getUserId(): number;
}

/** The token is good, right now. */
export interface Accepted {
  /** Tells the two verdicts apart. */
  readonly ok: true;
  /** The claims, by their names in the token. Frozen. */
  readonly claims: VerifiedClaims;
  /** The same, by names that say what they mean. */
  readonly principal: Principal;
}

/** The token is not good, or it cannot be told. */
export interface Refused {
  /** Tells the two verdicts apart. */
  readonly ok: false;
  /** Stable. `FEED_STALE` means that it cannot be told; all others are about the token. */
  readonly reason: TokenRefusal;
  /** For people. Holds no part of the token. */
  readonly message: string;
}

/** A refused token is a value, never an exception. */
export type Verdict = Accepted | Refused;

export function refused(reason: TokenRefusal, message: string): Refused {
  // Some are made once and answer many: a caller that writes to one must not change the others.
  return Object.freeze({ ok: false, reason, message });
}

/**
 * How stale the revocation feed may be for a decision:
 *
 * - `open`: any age; the last known list is enforced, and a token lives at most to its `exp`
 * - `{ boundedSeconds }`: refused with `FEED_STALE` once the newest proof is older
 * - `closed`: bounded at 5 seconds, which are five missed heartbeats
 */
export type Freshness = 'open' | 'closed' | { readonly boundedSeconds: number };

/** Five missed heartbeats. */
export const CLOSED_SECONDS = 5;

/** Whether it is one of the policies there are: not a misspelt word, not a number that was never set. */
export function isFreshness(value: unknown): value is Freshness {
  if (value === 'open' || value === 'closed') return true;
  if (typeof value !== 'object' || value === null || !('boundedSeconds' in value)) return false;
  return Number.isFinite(value.boundedSeconds) && (value.boundedSeconds as number) > 0;
}

/** The oldest proof a policy accepts, in milliseconds. */
export function maxFeedAgeMs(freshness: Freshness): number {
  if (freshness === 'open') return Number.POSITIVE_INFINITY;
  if (freshness === 'closed') return CLOSED_SECONDS * 1000;
  // What got past the compiler and is no policy is as strict as can be.
  return isFreshness(freshness) ? freshness.boundedSeconds * 1000 : -1;
}
