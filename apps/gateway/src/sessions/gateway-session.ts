import type { ExternalIdentity, ProviderTokens } from '@gatehouse/oidc';

/** What the store shows without any key: no token, no secret. */
export interface SessionRecord {
  /** The auth service's session id: what `/api/v1/sessions` shows. An identifier, not a credential. */
  readonly sid: string;
  /** The auth service's user id. */
  readonly userId: string;
  /** SHA-256 of the cookie's secret, hex. */
  readonly secretHash: string;
  readonly provider: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  /** Absolute end. */
  readonly expiresAtMs: number;
  /** Raised by one with each replacement of the tokens; what compare-and-set compares. */
  readonly generation: number;
}

/** Sealed under the cookie's secret and a key-encryption key: neither a dump of the store nor a cookie alone opens it. */
export interface SessionTokens {
  /** Of the auth service. */
  readonly accessToken: string;
  readonly accessTokenExpiresAtMs: number;
  readonly refreshToken: string;
  readonly provider?: ProviderTokens;
  /** Who it is at the provider, as of the sign-in; the roles as of the last refresh. */
  readonly identity: Pick<
    ExternalIdentity,
    'issuer' | 'subject' | 'key' | 'loginHint' | 'providerSessionId' | 'email' | 'displayName' | 'username'
  > & {
    /** What the auth service was last told of; `undefined` where that is not known. */
    readonly roles?: readonly string[];
  };
}

export interface GatewaySession {
  readonly record: SessionRecord;
  readonly tokens: SessionTokens;
}

/** What the front door learns about the cookie of a request. */
export type SessionLookup =
  | { readonly kind: 'live'; readonly session: GatewaySession; readonly principal: Principal }
  /** No cookie, an unknown one, an ended or expired session. `clear` tells to take the cookie away. */
  | { readonly kind: 'none'; readonly clear: boolean; readonly reason?: string }
  /** Two cookies of our name: 400. */
  | { readonly kind: 'ambiguous' }
  /** Store or auth service away, or the feed too old: 503 with Retry-After, never a login. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number };

/** Who the access token says somebody is, after the validator has agreed. */
export interface Principal {
  readonly userId: string;
  readonly sid: string;
  readonly roles: readonly string[];
  readonly authTimeMs?: number;
  readonly acr?: string;
}

/** The sessions room, as the front door sees it. */
export abstract class GatewaySessions {
  /**
   * At once where nothing has to be waited for, which is the rule.
   *
   * @param onStoreDown the route's policy. Refreshes where due; single-flight.
   */
  abstract look(
    cookieHeader: string | undefined,
    onStoreDown: { readonly kind: 'deny' } | { readonly kind: 'stale'; readonly staleMs: number },
  ): SessionLookup | Promise<SessionLookup>;
  /**
   * The provider's tokens, renewed where they have run out: for routes that hand them on. `undefined` where there are none, or
   * none that are good and none to be had right now.
   */
  abstract providerTokens(session: GatewaySession): Promise<ProviderTokens | undefined>;
  /**
   * Asks the auth service for a federated sign-in and opens a session.
   *
   * @returns the value of `Set-Cookie`.
   * @throws {SignInRefused} with the auth service's code: `ACCOUNT_DISABLED`, `SESSION_LIMIT` …
   * @throws {AuthServiceUnavailable} @throws {SessionStoreUnavailable} nothing was opened.
   */
  abstract open(login: {
    readonly provider: string;
    readonly identity: ExternalIdentity;
    readonly tokens: ProviderTokens;
    readonly nonce: string;
    readonly ipAddress: string;
    readonly userAgent: string;
  }): Promise<{ readonly setCookie: string; readonly session: GatewaySession }>;
  /**
   * Ends the session at the auth service first, so that every service knows, then here. Idempotent; never throws for a service
   * that is away: the cookie is worth nothing afterwards either way.
   *
   * @returns whether the auth service knows already. Where not it is told as soon as it is back, for a minute.
   */
  abstract end(session: GatewaySession, reason: string): Promise<boolean>;
  /**
   * Back- and front-channel logout: the auth service ends every session of that provider's session or person.
   *
   * @throws {LogoutRefused} where the notice does not prove to be one.
   * @throws {AuthServiceUnavailable}
   */
  abstract endAtProvider(notice: {
    readonly provider: string;
    readonly logoutToken?: string;
    readonly issuer?: string;
    readonly providerSessionId?: string;
  }): Promise<void>;
  /** Calls back within milliseconds when a session ends anywhere: for open sockets and streams. @returns a way to leave. */
  abstract onEnded(sid: string, callback: () => void): () => void;
  /** `Set-Cookie` that takes the session cookie away. */
  abstract readonly clearingCookie: string;
}
