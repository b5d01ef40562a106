/**
 * What a revocation ends:
 *
 * - `sid`: one session with all its tokens · `jti`: one token · `kid`: every token signed by one key
 * - `sub`: a user's tokens of an older generation (`gen` below `cutoff`)
 * - `client`, `device`: tokens issued for it up to `cutoff` · `before`: every token issued up to `cutoff`
 */
export const REVOCATION_SCOPES = ['sid', 'sub', 'jti', 'client', 'device', 'kid', 'before'] as const;
/** What a revocation ends: a session, a token, a key, or all that is older than a cut-off. */
export type RevocationScope = (typeof REVOCATION_SCOPES)[number];

/** Why a session or token ended. Told to its owner and written to the audit log, never used to decide. */
export const REVOCATION_REASONS = [
  'user_signout',
  'user_revoked',
  'revoked_others',
  'admin',
  'evicted_limit',
  'password_changed',
  'role_changed',
  'reuse_detected',
  'risk',
  'idle_timeout',
  'absolute_timeout',
  'account_deleted',
  'key_revoked',
  'idp_logout',
] as const;
/** Why a session or token ended. For its owner and the audit log; never used to decide. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/**
 * One revocation. Entries are idempotent and only ever add: of two with the same scope and value the higher `cutoff` and
 * the later `until` hold, so they may arrive twice and in any order.
 */
export interface RevocationEntry {
  /** Receipt id of the request that caused it; one request may cause several entries. */
  readonly id: string;
  /** What kind of thing `value` names. */
  readonly scope: RevocationScope;
  /** Session id, user id, token id, key id…; `*` for `before`. Never a token. */
  readonly value: string;
  /**
   * `sub`: the lowest generation still accepted. `client`, `device`, `before`: the last refused `iat`, in seconds.
   * 0 for `sid`, `jti` and `kid`, which end outright.
   */
  readonly cutoff: number;
  /**
   * Last instant at which anything it concerns could still be accepted, in milliseconds: the latest possible `exp`, plus
   * 60 s of clock tolerance, plus 60 s of margin. After it the entry may be forgotten.
   */
  readonly untilMs: number;
  /** Why; told to the owner, never used to decide. */
  readonly reason: RevocationReason;
}

/** The most clock difference a validator may be told to forgive, in seconds. Part of every entry's `untilMs`. */
export const MAX_CLOCK_TOLERANCE_SECONDS = 60;
/** Kept on top of the last possible acceptance, in seconds, for clocks that differ between writer and reader. */
export const REVOCATION_MARGIN_SECONDS = 60;

/** How long an entry made at `nowMs` must be kept, in ms since the epoch, when no token lives longer than given. */
export function revocationUntilMs(nowMs: number, accessTokenSeconds: number): number {
  return nowMs + (accessTokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
}
