/** `typ` of every access token (RFC 9068 §2.1). Anything else, ID and logout tokens included, is refused. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/**
 * Claims of an access token (RFC 9068 §2.2, plus what sessions need). Times are NumericDate: whole seconds since the
 * epoch. No personal data: a token is read by every service and logged by some.
 */
export interface AccessTokenClaims {
  /** The auth service that signed it; compared as an exact string. */
  readonly iss: string;
  /** The services it is meant for. */
  readonly aud: string | readonly string[];
  /**
   * Whom it stands for. A person: the user id in decimal, a string because RFC 7519 §4.1.2 says so. A service account: its
   * client id, the same as `client_id` (RFC 9068 §2.2), which begins with `svc_`.
   */
  readonly sub: string;
  /** Session id, 64 lower-case hex. An identifier, never a credential. */
  readonly sid: string;
  /** Unique per token. */
  readonly jti: string;
  /** When it was issued. */
  readonly iat: number;
  /** When it expires. */
  readonly exp: number;
  /** When the person last proved who they are (OpenID Connect Core §2). Survives refresh unchanged. */
  readonly auth_time: number;
  /** How they proved it (RFC 8176), for example `["pwd"]`. */
  readonly amr: readonly string[];
  /** Assurance level reached, for example `aal1`. */
  readonly acr: string;
  /** What the user is, for example `admin`. */
  readonly roles: readonly string[];
  /** Space separated (RFC 6749 §3.3); the empty string when there is none. */
  readonly scope: string;
  /** The user's token generation at issue. A revocation of scope `sub` refuses all lower ones. */
  readonly gen: number;
  /** The application it was issued to (RFC 9068 §2.2). */
  readonly client_id: string;
  /** The device it was issued to, where the issuer keeps account of devices. */
  readonly device_id?: string | undefined;
  /**
   * Who acts in the person's place, where somebody does (RFC 8693 §4.1): an administrator, by user id in decimal. `sub` is the
   * person all the same.
   */
  readonly act?: { readonly sub: string } | undefined;
}

/**
 * The client id of a service account. It begins with letters no user id has, so that neither can be taken for the other
 * (RFC 9068 §5).
 */
export const SERVICE_ACCOUNT_ID_PATTERN = /^svc_[A-Za-z0-9_-]{1,60}$/;

/** A session id as the wire carries it: 32 random bytes in lower-case hex. */
export const SESSION_ID_PATTERN = /^[0-9a-f]{64}$/;
