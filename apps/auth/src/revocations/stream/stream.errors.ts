import { AppError } from '@gatehouse/failures';

/** Every place for a reader is taken. */
export class StreamsFull extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 5;
  constructor() {
    super('as many readers of the revocation stream as allowed are connected');
  }
}

/** The stream is closed to everybody: no token has been set up for it. */
export class StreamClosed extends AppError {
  readonly code = 'FORBIDDEN';
  constructor() {
    super('REVOCATION_STREAM_TOKEN is not set, so nobody may read the revocation stream in production');
  }
}

/** The reader did not show the token of the stream. */
export class StreamTokenMissing extends AppError {
  readonly code = 'TOKEN_MISSING';
  constructor() {
    super('the revocation stream was asked for without its token');
  }
}

export class StreamTokenInvalid extends AppError {
  readonly code = 'TOKEN_INVALID';
  constructor() {
    super('the revocation stream was asked for with a wrong token');
  }
}
