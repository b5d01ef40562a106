import { AppError } from '@gatehouse/failures';

/** E-mail or password is wrong; which of them is nobody's business. */
export class InvalidCredentials extends AppError {
  readonly code = 'INVALID_CREDENTIALS';
  constructor() {
    super('unknown e-mail or wrong password');
  }
}

/** Told only to somebody who knows the password. */
export class AccountDisabled extends AppError {
  readonly code = 'ACCOUNT_DISABLED';
  constructor() {
    super('the account is disabled');
  }
}
