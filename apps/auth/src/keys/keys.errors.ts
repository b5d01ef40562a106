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

/** Tokens are signed with a shared secret here; it is changed by configuration. */
export class NoManagedKeys extends AppError {
  readonly code = 'CONFLICT';
  constructor() {
    super('tokens are signed with a shared secret; there are no keys to rotate');
  }
}

/** The key that would take over has not been published for long enough: some validators may not know it yet. */
export class NextKeyTooYoung extends AppError {
  readonly code = 'CONFLICT';
  override readonly retryAfterSeconds: number;
  constructor(waitMs: number) {
    super('the next key has not been published for long enough');
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

/** The key that would take over cannot be opened with the master keys at hand. */
export class NextKeyUnusable extends AppError {
  readonly code = 'CONFLICT';
  constructor() {
    super('the next key does not open with KEY_ENCRYPTION_KEY');
  }
}

/** No key of that name has been published here, as far as anybody remembers. */
export class KeyUnknown extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('no such key');
  }
}

/** Others kept changing the keys at the same time. */
export class KeysContended extends AppError {
  readonly code = 'DEGRADED_UNAVAILABLE';
  override readonly retryAfterSeconds = 1;
  constructor() {
    super('the keys were changed by others again and again');
  }
}
