import { AppError } from '@gatehouse/failures';

/** Not a refresh token of ours, or not one of this session. Nothing was changed. */
export class RefreshInvalid extends AppError {
  readonly code = 'REFRESH_INVALID';
  constructor() {
    super('the text is no refresh token of a session');
  }
}

/** It was ours; its session has ended or passed a deadline. */
export class RefreshExpired extends AppError {
  readonly code = 'REFRESH_EXPIRED';
  constructor() {
    super('the session of the refresh token is gone');
  }
}

/** A spent token came back, so two parties hold the family. The session has been ended (RFC 9700 §4.14.2). */
export class RefreshReuseDetected extends AppError {
  readonly code = 'REFRESH_REUSE_DETECTED';
  constructor(readonly sessionId: string) {
    super('a spent refresh token was presented again');
  }
}
