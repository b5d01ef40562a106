import { AppError } from '@gatehouse/failures';

/** `Idempotency-Key` is empty, too long or not plain text. */
export class UnusableIdempotencyKey extends AppError {
  readonly code = 'VALIDATION_ERROR';
  override readonly details = ['Idempotency-Key must be 1 to 255 visible ASCII characters'];
  constructor() {
    super('Idempotency-Key is not usable');
  }
}

/** The key was used for a different request. */
export class IdempotencyKeyReused extends AppError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  constructor() {
    super('the Idempotency-Key belongs to another request');
  }
}

/** The first request with this key has not been answered yet. */
export class RequestInProgress extends AppError {
  readonly code = 'REQUEST_IN_PROGRESS';
  override readonly retryAfterSeconds = 1;
  constructor() {
    super('a request with this Idempotency-Key is still running');
  }
}
