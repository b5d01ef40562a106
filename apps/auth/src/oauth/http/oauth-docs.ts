import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { OAuthErrorCode } from '../oauth.errors.js';

export const FORM_TYPE = 'application/x-www-form-urlencoded';

const STATUS: Partial<Record<OAuthErrorCode, number>> = { invalid_client: 401, access_denied: 403 };

/** Documents failures in the form of RFC 6749 §5.2, and those every such route may answer. */
export function ApiOAuthFailures(...errors: readonly OAuthErrorCode[]) {
  const statuses = [...new Set(errors.map((error) => STATUS[error] ?? 400))];
  const own = statuses.map((status) => {
    const same = errors.filter((error) => (STATUS[error] ?? 400) === status);
    return failure(status, same.map((error) => `\`${error}\``).join(', '), same);
  });
  const always = [429, 503].map((status) =>
    failure(status, 'Try again after `Retry-After` seconds', ['temporarily_unavailable']),
  );
  return applyDecorators(...own, ...always);
}

function failure(status: number, description: string, errors: readonly string[]) {
  return ApiResponse({
    status,
    description,
    schema: {
      type: 'object',
      required: ['error'],
      properties: { error: { type: 'string', enum: [...errors] }, error_description: { type: 'string' } },
    },
  });
}
