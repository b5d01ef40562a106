import { AppError } from '@gatehouse/failures';

/** What was given as a session id cannot be one. */
export class InvalidSessionId extends AppError {
  readonly code = 'INVALID_SESSION_ID';
  constructor() {
    super('the text is no session id');
  }
}

/** The caller has no such live session: unknown, ended, or somebody else's, which nobody is told apart. */
export class SessionNotFound extends AppError {
  readonly code = 'SESSION_NOT_FOUND';
  constructor() {
    super('the caller has no such session');
  }
}

/** `X-Session-ID` names a session that is not the caller's. */
export class SessionNotOwned extends AppError {
  readonly code = 'SESSION_NOT_OWNED';
  constructor() {
    super('the session named in X-Session-ID is not the caller’s');
  }
}

/** A session cannot end in the past, nor later than its kind may last. */
export class ExpiryOutOfRange extends AppError {
  readonly code = 'EXPIRY_OUT_OF_RANGE';
  override readonly details: { readonly latest: string };

  /** @param latestMs - the last moment at which it may end */
  constructor(latestMs: number) {
    super('the session cannot end at that moment');
    this.details = { latest: new Date(latestMs).toISOString() };
  }
}
