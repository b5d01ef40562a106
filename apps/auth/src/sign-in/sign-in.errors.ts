import { AppError } from '@gatehouse/failures';
import type { Session } from '@gatehouse/session-store';
import { toSessionChoice, type SessionChoiceDto } from './session-choice.dto.js';

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

/** There is no room for another session. Told only to somebody who knows the password. */
export class SessionLimitReached extends AppError {
  readonly code = 'SESSION_LIMIT';
  override readonly details: { readonly max_sessions: number; readonly sessions?: readonly SessionChoiceDto[] };

  /** @param choices - the sessions one of which may end for a new one; left out where none may */
  constructor(maxSessions: number, choices?: readonly Session[]) {
    super(`the person has as many sessions as they may (${maxSessions})`);
    this.details = {
      max_sessions: maxSessions,
      ...(choices === undefined ? {} : { sessions: choices.map(toSessionChoice) }),
    };
  }
}
