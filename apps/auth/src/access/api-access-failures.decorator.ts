import { ApiFailures } from '@gatehouse/nest-kit';
import { ApiHeader } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';

/** Documents what every route that asks for a token may answer, beside what its own work may. Alone where services ask: they have no session. */
export function ApiTokenFailures() {
  return ApiFailures(
    'VALIDATION_ERROR',
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'TOKEN_REVOKED',
    'TOKEN_STALE',
    'SESSION_REVOKED',
    'RATE_LIMITED',
  );
}

/** Documents what every route that asks for a person's token may answer, beside what its own work may. */
export function ApiAccessFailures() {
  return applyDecorators(
    ApiTokenFailures(),
    ApiFailures('INVALID_SESSION_ID', 'SESSION_EXPIRED', 'SESSION_NOT_OWNED'),
    ApiHeader({ name: 'X-Session-ID', required: false, description: 'If sent, one of your own live sessions' }),
  );
}
