import type { ErrorCode } from '@gatehouse/contracts';

/**
 * A failure the service can name. One class per cause; the code decides status and sentence (see `PROBLEMS`), facts are
 * fields. The message is for our logs and holds no token, password or value of a variable.
 */
export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;

  /** Seconds until a retry can succeed; becomes `Retry-After` and `error.retry_after`. */
  readonly retryAfterSeconds?: number;

  /** Facts for the client, sent as `error.details`. */
  readonly details?: unknown;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
