import { AppError } from '@gatehouse/failures';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, mergeMap, type Observable } from 'rxjs';
import { takeCharge } from './http/attempt-request.js';
import { PasswordAttempts } from './password-attempts.js';

/** Settles what a guess was charged, before the answer goes out: whoever reads it may try again at once. */
@Injectable()
export class GuessOutcomeInterceptor implements NestInterceptor {
  constructor(@Inject(PasswordAttempts) private readonly attempts: PasswordAttempts) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const charge = takeCharge(context.switchToHttp().getRequest<FastifyRequest>());
    if (!charge) return next.handle();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await this.attempts.passed(charge);
        return answer;
      }),
      catchError(async (error: unknown) => {
        if (!isWrongGuess(error)) await this.attempts.withdraw(charge);
        throw error;
      }),
    );
  }
}

/** Everything else says nothing about the password, or that it was right. */
function isWrongGuess(error: unknown): boolean {
  return error instanceof AppError && error.code === 'INVALID_CREDENTIALS';
}
