import { ApiFailures } from '@gatehouse/nest-kit';
import { ApiHeader } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';

/** Documents what every route that asks for a token may answer, beside what its own work may. */
export function ApiAccessFailures() {
  return applyDecorators(
    ApiFailures(
      'VALIDATION_ERROR',
      'TOKEN_MISSING',
      'TOKEN_INVALID',
      'TOKEN_EXPIRED',
      'TOKEN_REVOKED',
      'TOKEN_STALE',
      'SESSION_REVOKED',
      'SESSION_EXPIRED',
      'SESSION_NOT_OWNED',
      'RATE_LIMITED',
    ),
    ApiHeader({ name: 'X-Session-ID', required: false, description: 'If sent, one of your own live sessions' }),
  );
}
