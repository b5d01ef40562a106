import { AppError } from '@gatehouse/failures';

/** Somebody has an account under this address, or one that reads the same. */
export class EmailTaken extends AppError {
  readonly code = 'EMAIL_TAKEN';
  constructor(options?: ErrorOptions) {
    super('an account with this e-mail exists', options);
  }
}
