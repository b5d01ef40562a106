import { AppError } from '@gatehouse/failures';

/** There is no such revocation, it is past and forgotten, or it is none of the caller's business, which is not told apart. */
export class RevocationNotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('the caller has no such revocation');
  }
}

/** One more validator than there is room for. */
export class TooManyValidators extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 30;
  constructor() {
    super('more validators report than there is room for');
  }
}
