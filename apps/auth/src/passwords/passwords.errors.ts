import { AppError } from '@gatehouse/failures';

/** More passwords wait to be hashed than can be hashed in time. */
export class Overloaded extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 1;
  constructor() {
    super('the queue for password hashing is full');
  }
}

export type PasswordWeakness = 'too_short' | 'too_common' | 'names_you_or_us';

/** The policy refuses the password. */
export class WeakPassword extends AppError {
  readonly code = 'WEAK_PASSWORD';
  override readonly details: { readonly reasons: readonly PasswordWeakness[]; readonly min_length: number };
  constructor(reasons: readonly PasswordWeakness[], minLength: number) {
    super(`password refused: ${reasons.join(', ')}`);
    this.details = { reasons, min_length: minLength };
  }
}

/** The password is in a public collection of leaked ones. */
export class BreachedPassword extends AppError {
  readonly code = 'BREACHED_PASSWORD';
  constructor() {
    super('password refused: it is known from a breach');
  }
}
