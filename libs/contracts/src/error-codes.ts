/** Why a token was refused. Stable: clients and dashboards match on them. */
export const TOKEN_REFUSALS = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'TOKEN_STALE',
  'SESSION_REVOKED',
  'FEED_STALE',
] as const;
/** Why a token was refused. Stable: clients and dashboards match on them. */
export type TokenRefusal = (typeof TOKEN_REFUSALS)[number];

/** Every `error.code` the services answer with. Codes are stable; messages are not. */
export const ERROR_CODES = [
  ...TOKEN_REFUSALS,
  'VALIDATION_ERROR',
  'WEAK_PASSWORD',
  'PASSWORD_REUSED',
  'RESET_TOKEN_INVALID',
  'VERIFY_TOKEN_INVALID',
  'RESTORE_TOKEN_INVALID',
  'BREACHED_PASSWORD',
  'INVALID_SESSION_ID',
  'EXPIRY_OUT_OF_RANGE',
  'OAUTH_STATE',
  'LOGOUT_TOKEN_INVALID',
  'UNKNOWN_ROLE',
  'INVALID_CREDENTIALS',
  'SESSION_EXPIRED',
  'REFRESH_INVALID',
  'REFRESH_EXPIRED',
  'REFRESH_REUSE_DETECTED',
  'FORBIDDEN',
  'STEP_UP_REQUIRED',
  'CSRF_FAILED',
  'BEYOND_OWN_RIGHTS',
  'SESSION_NOT_OWNED',
  'ACCOUNT_DISABLED',
  'EMAIL_NOT_VERIFIED',
  'PASSWORD_RESET_REQUIRED',
  'IDENTITY_REFUSED',
  'LOGIN_DENIED',
  'SIGN_UP_CLOSED',
  'NOT_FOUND',
  'SESSION_NOT_FOUND',
  'DEVICE_NOT_FOUND',
  'PROVIDER_NOT_FOUND',
  'IDENTITY_NOT_FOUND',
  'USER_NOT_FOUND',
  'ROLE_NOT_FOUND',
  'ORDER_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'CONFLICT',
  'EMAIL_TAKEN',
  'LINK_REQUIRED',
  'IDENTITY_TAKEN',
  'LAST_CREDENTIAL',
  'SESSION_LIMIT',
  'LAST_ADMIN',
  'ROLE_EXISTS',
  'ROLE_IN_USE',
  'ROLE_TOO_WIDE',
  'POLICY_CHANGED',
  'NOT_IMPERSONATING',
  'COOKIE_TOO_LARGE',
  'IDEMPOTENCY_KEY_REUSED',
  'REQUEST_IN_PROGRESS',
  'PAYLOAD_TOO_LARGE',
  'URI_TOO_LONG',
  'UNSUPPORTED_MEDIA_TYPE',
  'EXPECTATION_FAILED',
  'RATE_LIMITED',
  'LOGIN_LOOP',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
  'MAIL_NOT_SET_UP',
  'PROVIDER_NOT_BELIEVED',
  'SESSION_ERROR',
  'DEGRADED_UNAVAILABLE',
  'OVERLOADED',
  'UPSTREAM_FAILED',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'PROVIDER_UNAVAILABLE',
  'NOT_READY',
] as const;
/** Every `error.code` a service answers with; the library itself uses few of them. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Body of every failure, standards-bound endpoints excepted. */
export interface FailureEnvelope {
  readonly success: false;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details?: unknown;
    readonly request_id?: string;
    /** Seconds until a retry can succeed. */
    readonly retry_after?: number;
  };
}

/** Body of every success, standards-bound endpoints excepted. */
export interface SuccessEnvelope<T> {
  readonly success: true;
  readonly data: T;
}
