import { AppError } from './app-error.js';

/** Redis, or what stands in for it, did not do what was asked in time. The work may or may not have been done. */
export class SessionStoreUnavailable extends AppError {
  readonly code = 'SESSION_ERROR';
  override readonly retryAfterSeconds = 1;
}

/** The database did not do what was asked in time. The work may or may not have been done. */
export class DatabaseUnavailable extends AppError {
  readonly code = 'DEGRADED_UNAVAILABLE';
  override readonly retryAfterSeconds = 2;
}
