import { AppError } from '@gatehouse/failures';

export class UserNotFound extends AppError {
  readonly code = 'USER_NOT_FOUND';
  constructor() {
    super('there is no user of that id');
  }
}

/** A session to be ended that nobody knows, or that is somebody else's. */
export class NoSuchSession extends AppError {
  readonly code = 'SESSION_NOT_FOUND';
  constructor() {
    super('the user has no live session of that id');
  }
}

/** A key that is in use cannot be refused by an entry alone: there would be nothing to sign with. */
export class KeyInUse extends AppError {
  readonly code = 'CONFLICT';
  constructor() {
    super('the key is in use; withdraw it where keys are kept');
  }
}

/** Somebody else changed it between reading and writing. */
export class PolicyChanged extends AppError {
  readonly code = 'POLICY_CHANGED';
  constructor() {
    super('the version that was to be replaced is not the newest');
  }
}

export class NotImpersonating extends AppError {
  readonly code = 'NOT_IMPERSONATING';
  constructor() {
    super('the session acts in nobody’s place');
  }
}
