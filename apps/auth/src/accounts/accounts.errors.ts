import { AppError } from '@gatehouse/failures';

/** Told only to somebody who knows the password. */
export class EmailNotVerified extends AppError {
  readonly code = 'EMAIL_NOT_VERIFIED';
  constructor() {
    super('the address has not been proven yet');
  }
}

/** Told only to somebody who knows the password. */
export class PasswordResetRequired extends AppError {
  readonly code = 'PASSWORD_RESET_REQUIRED';
  constructor() {
    super('an administrator has demanded a new password');
  }
}

/** Unknown, used, replaced or expired; which of them is nobody's business. */
export class VerifyTokenInvalid extends AppError {
  readonly code = 'VERIFY_TOKEN_INVALID';
  constructor() {
    super('no such link, or one that no longer works');
  }
}

/** Unknown, used, replaced or expired; which of them is nobody's business. */
export class ResetTokenInvalid extends AppError {
  readonly code = 'RESET_TOKEN_INVALID';
  constructor() {
    super('no such link, or one that no longer works');
  }
}

/** Unknown, used, replaced or expired; which of them is nobody's business. */
export class RestoreTokenInvalid extends AppError {
  readonly code = 'RESTORE_TOKEN_INVALID';
  constructor() {
    super('no such link, or one that no longer works');
  }
}

/** The new password is the one of now. */
export class PasswordReused extends AppError {
  readonly code = 'PASSWORD_REUSED';
  constructor() {
    super('the new password is the old one');
  }
}

/** There is no such export, or its time is over. */
export class ExportNotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('no such export, or its time is over');
  }
}
