import type { ErrorCode } from '@gatehouse/contracts';
import { AppError } from '@gatehouse/failures';

/** The auth service did not answer in time, or not in a way that can be understood. What was asked may have been done. */
export class AuthServiceUnavailable extends AppError {
  readonly code = 'DEGRADED_UNAVAILABLE';

  constructor(
    message: string,
    override readonly retryAfterSeconds = 2,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The auth service lets this person in no further, and says why: `ACCOUNT_DISABLED`, `SESSION_LIMIT` … */
export class SignInRefused extends AppError {
  constructor(readonly code: ErrorCode) {
    super(`the auth service refused the sign-in: ${code}`);
  }
}

/** What came as a provider's logout does not prove to be one. */
export class LogoutRefused extends AppError {
  constructor(readonly code: ErrorCode) {
    super(`the auth service refused the logout: ${code}`);
  }
}

/** The auth service does not take what a provider is said to say of somebody. */
export class RolesRefused extends AppError {
  constructor(readonly code: ErrorCode) {
    super(`the auth service took no roles over: ${code}`);
  }
}
