import { AppError } from '@gatehouse/failures';

/** A limit is used up. */
export class RateLimited extends AppError {
  readonly code = 'RATE_LIMITED';
  constructor(
    readonly policy: string,
    override readonly retryAfterSeconds: number,
  ) {
    super(`limit "${policy}" is used up; next attempt in ${retryAfterSeconds} s`);
  }
}
