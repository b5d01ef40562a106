import { ApiFailures } from '@gatehouse/nest-kit';
import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** The route answers a repeated request with the answer of the first time, for a day. */
export function Idempotent() {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Of your choice, 1 to 255 visible characters: a request repeated with it is answered as the first time',
    }),
    ApiFailures('VALIDATION_ERROR', 'REQUEST_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED'),
  );
}
