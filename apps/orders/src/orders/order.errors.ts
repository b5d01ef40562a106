import { AppError } from '@gatehouse/failures';

/** No such order of this user. The same for an order of somebody else: who asks must not learn that it exists. */
export class OrderNotFound extends AppError {
  readonly code = 'ORDER_NOT_FOUND';

  constructor() {
    super('the user has no such order');
  }
}

/** More streams are open than this process wants to hold. */
export class TooManyStreams extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 5;

  constructor() {
    super('too many order streams are open');
  }
}
