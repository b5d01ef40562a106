import type { ErrorCode } from '@gatehouse/contracts';

/** What a client sees for a code. */
export interface Problem {
  readonly status: number;
  readonly sentence: string;
}

/** A code without a row does not compile. */
export const PROBLEMS: Readonly<Record<ErrorCode, Problem>> = {
  VALIDATION_ERROR: { status: 400, sentence: 'The request is not valid.' },
  WEAK_PASSWORD: { status: 400, sentence: 'Choose another password.' },
  BREACHED_PASSWORD: { status: 400, sentence: 'This password is known from a leak; choose another.' },
  PASSWORD_REUSED: { status: 400, sentence: 'The new password is the one you have.' },
  RESET_TOKEN_INVALID: { status: 400, sentence: 'This link no longer works; ask for another.' },
  VERIFY_TOKEN_INVALID: { status: 400, sentence: 'This link no longer works; ask for another.' },
  RESTORE_TOKEN_INVALID: { status: 400, sentence: 'This link no longer works.' },
  INVALID_SESSION_ID: { status: 400, sentence: 'A session id is 64 lower-case hexadecimal characters.' },
  TOKEN_MISSING: { status: 401, sentence: 'Sign in to use this.' },
  TOKEN_INVALID: { status: 401, sentence: 'The access token is not valid.' },
  TOKEN_EXPIRED: { status: 401, sentence: 'The access token has expired.' },
  TOKEN_REVOKED: { status: 401, sentence: 'The access token has been revoked.' },
  TOKEN_STALE: { status: 401, sentence: 'Your permissions have changed; refresh the access token.' },
  SESSION_REVOKED: { status: 401, sentence: 'The session has ended.' },
  SESSION_EXPIRED: { status: 401, sentence: 'The session has expired.' },
  INVALID_CREDENTIALS: { status: 401, sentence: 'E-mail or password is wrong.' },
  REFRESH_INVALID: { status: 401, sentence: 'The refresh token is not valid.' },
  REFRESH_EXPIRED: { status: 401, sentence: 'The refresh token has expired.' },
  REFRESH_REUSE_DETECTED: { status: 401, sentence: 'The refresh token was used before; the session has been ended.' },
  FORBIDDEN: { status: 403, sentence: 'You may not do this.' },
  STEP_UP_REQUIRED: { status: 403, sentence: 'Sign in again to do this.' },
  SESSION_NOT_OWNED: { status: 403, sentence: 'The session named in X-Session-ID is not yours.' },
  ACCOUNT_DISABLED: { status: 403, sentence: 'The account is disabled.' },
  EMAIL_NOT_VERIFIED: { status: 403, sentence: 'Follow the link in the mail we sent you first.' },
  PASSWORD_RESET_REQUIRED: { status: 403, sentence: 'Set a new password first.' },
  NOT_FOUND: { status: 404, sentence: 'There is nothing here.' },
  SESSION_NOT_FOUND: { status: 404, sentence: 'You have no such session.' },
  ORDER_NOT_FOUND: { status: 404, sentence: 'You have no such order.' },
  METHOD_NOT_ALLOWED: { status: 405, sentence: 'This method is not allowed here.' },
  REQUEST_TIMEOUT: { status: 408, sentence: 'The request took too long to arrive.' },
  CONFLICT: { status: 409, sentence: 'The request conflicts with the current state.' },
  EMAIL_TAKEN: { status: 409, sentence: 'An account with this e-mail exists.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, sentence: 'This Idempotency-Key was used for another request.' },
  REQUEST_IN_PROGRESS: { status: 409, sentence: 'A request with this Idempotency-Key is still running.' },
  PAYLOAD_TOO_LARGE: { status: 413, sentence: 'The request body is too large.' },
  URI_TOO_LONG: { status: 414, sentence: 'The request address is too long.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, sentence: 'Send the body as application/json.' },
  EXPECTATION_FAILED: { status: 417, sentence: 'The Expect header asks for something not offered here.' },
  RATE_LIMITED: { status: 429, sentence: 'Too many requests; try again later.' },
  HEADERS_TOO_LARGE: { status: 431, sentence: 'The request headers are too large.' },
  INTERNAL_ERROR: { status: 500, sentence: 'Something went wrong on our side.' },
  MAIL_NOT_SET_UP: { status: 501, sentence: 'This service sends no mail, which this would need.' },
  SESSION_ERROR: { status: 503, sentence: 'Session operation failed' },
  FEED_STALE: { status: 503, sentence: 'It cannot be told right now whether the session still stands.' },
  DEGRADED_UNAVAILABLE: { status: 503, sentence: 'This is not available right now.' },
  OVERLOADED: { status: 503, sentence: 'Too much is going on right now.' },
  NOT_READY: { status: 503, sentence: 'The service is not ready.' },
};
