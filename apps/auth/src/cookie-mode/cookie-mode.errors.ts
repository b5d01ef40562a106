import { ValidationFailed } from '@gatehouse/nest-kit';
import { AppError } from '@gatehouse/failures';

/** A request that lives on cookies and did not come from a page of ours, or does not prove that it did. */
export class CsrfFailed extends AppError {
  readonly code = 'CSRF_FAILED';
  constructor(why: 'foreign_page' | 'no_proof') {
    super(`a request with cookies was refused: ${why}`);
  }
}

/** Cookies were asked for where there are none to be had. */
export class CookieModeOff extends ValidationFailed {
  constructor() {
    super([{ field: 'tokens_in', rule: 'cookieModeIsOff' }]);
  }
}

/** Browsers drop a cookie beyond 4096 bytes without a word; the person would believe to be signed in. */
export class CookieTooLarge extends AppError {
  readonly code = 'COOKIE_TOO_LARGE';
  constructor(bytes: number) {
    super(`a cookie of ${bytes} bytes is one that browsers drop`);
  }
}

export class NothingHere extends AppError {
  readonly code = 'NOT_FOUND';
}
