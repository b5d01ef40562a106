import { ApiFailures } from '@gatehouse/nest-kit';
import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { TakesIdempotencyKey } from './idempotency-key.decorator.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** The route answers a repeated request with the answer of the first time, for a day. */
export function Idempotent() {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    TakesIdempotencyKey(),
    ApiFailures('VALIDATION_ERROR', 'REQUEST_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED'),
  );
}
