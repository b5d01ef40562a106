import { AppError } from '@gatehouse/failures';

/** The database has not been reached since the start, so no key is known. */
export class NoKeysYet extends AppError {
  readonly code = 'NOT_READY';
  override readonly retryAfterSeconds = 2;
  constructor() {
    super('no signing key is known yet');
  }
}

/** Tokens are signed with a shared secret here; there is nothing to publish. */
export class NoKeyBundle extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('tokens are signed with a shared secret; there is no key bundle');
  }
}
