/** Facts about a session that are fixed when it opens. */
export interface NewSession {
  /** 64 lower-case hex. */
  readonly id: string;
  readonly userId: number;
  readonly email: string;
  readonly roles: readonly string[];
  readonly scope: string;
  /** The user's token generation at sign-in; written into every access token of the session. */
  readonly generation: number;
  readonly clientId: string;
  /** RFC 8176 method names, for example `["pwd"]`. */
  readonly authMethods: readonly string[];
  readonly acr: string;
  readonly authenticatedAtMs: number;
  readonly ipAddress: string;
  /** As sent, cut to 512 characters; the empty string when none was. */
  readonly userAgent: string;
  readonly deviceName: string | null;
  /** The device it was opened on, where account of devices is kept; becomes `device_id`. */
  readonly deviceId: string | null;
  /** The administrator who acts in the person's place; becomes `act` (RFC 8693 §4.1). */
  readonly actorId: number | null;
  readonly rememberMe: boolean;
  /** Ends when untouched this long, in ms. */
  readonly idleTtlMs: number;
  /** Ends this long after it opened, whatever happens, in ms. */
  readonly absoluteTtlMs: number;
  /** SHA-256 of its first refresh token, hex. */
  readonly refreshTokenHash: string;
}

/** A live session. */
export interface Session extends Omit<NewSession, 'refreshTokenHash' | 'idleTtlMs' | 'absoluteTtlMs'> {
  readonly createdAtMs: number;
  /** Last sign-in, refresh or recorded activity. */
  readonly lastAccessAtMs: number;
  readonly idleExpiresAtMs: number;
  readonly absoluteExpiresAtMs: number;
  /** Requests seen by all services, as far as reported. */
  readonly requestCount: number;
  readonly lastRequestAtMs: number | null;
  /** Addresses it was used from, first seen first, at most {@link MAX_TRACKED_ADDRESSES}. */
  readonly ipAddresses: readonly string[];
  /** How often it was refreshed; the number its current refresh token carries. */
  readonly rotation: number;
}

export const MAX_TRACKED_ADDRESSES = 20;

/** What a person may do, as their sessions carry it. */
export type SessionRights = Pick<NewSession, 'roles' | 'scope' | 'generation'>;

/** What may change while a session lives; what is left out stays. */
export interface SessionChange extends Partial<
  Pick<NewSession, 'email' | 'deviceName' | 'authenticatedAtMs' | 'authMethods' | 'acr'>
> {
  /** Moves the end that nothing moves otherwise. A moment that has passed ends the session. */
  readonly absoluteExpiresAtMs?: number;
  /** The end that nothing moves comes at this moment at the latest; one that is sooner stays. One that has passed ends the session. */
  readonly endsByMs?: number;
  /** It ends when untouched this long, in ms, unless it did sooner already. One that has been untouched longer ends. */
  readonly idleAtMostMs?: number;
}

/** Requests seen since the last report, for one session. */
export interface SessionActivity {
  readonly userId: number;
  readonly sessionId: string;
  readonly requests: number;
  readonly lastRequestAtMs: number;
  readonly ipAddresses: readonly string[];
}

/** Why a store ends a session as part of another move: the limit, a stolen token, or a choice its owner made to get in. */
export type EndCause = 'evicted_limit' | 'reuse_detected' | 'user_revoked';

/** A session the store has ended as part of another move and whose revocation has not been confirmed yet. */
export interface EndedSession {
  readonly userId: number;
  readonly sessionId: string;
  readonly cause: EndCause;
}
