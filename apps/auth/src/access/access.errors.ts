import type { TokenRefusal } from '@gatehouse/contracts';
import { AppError } from '@gatehouse/failures';

/** The token is good, its session is not there any more: past a deadline, or lost. */
export class SessionExpired extends AppError {
  readonly code = 'SESSION_EXPIRED';
  constructor() {
    super('the session of the access token is not live');
  }
}

/** The access token was refused. */
export class TokenRefused extends AppError {
  constructor(readonly code: TokenRefusal) {
    super(`access token refused: ${code}`);
  }
}

/** Good token, but not for this. */
export class Forbidden extends AppError {
  readonly code = 'FORBIDDEN';
  constructor() {
    super('the token does not have what this route asks for');
  }
}
