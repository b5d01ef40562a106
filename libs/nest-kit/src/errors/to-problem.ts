import type { ErrorCode, FailureEnvelope } from '@gatehouse/contracts';
import { AppError, PROBLEMS } from '@gatehouse/failures';
import { HttpException } from '@nestjs/common';

/** Starts every challenge: the scheme alone is none (RFC 6750 §3). */
const BEARER = 'Bearer realm="gatehouse"';

/** What is answered for something thrown. */
export interface ProblemAnswer {
  readonly status: number;
  readonly body: FailureEnvelope;
  readonly headers: Readonly<Record<string, string>>;
  /** Nobody expected it: log it whole. */
  readonly unexpected: boolean;
}

const CODE_OF_FASTIFY_ERROR: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION_ERROR',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'VALIDATION_ERROR',
  FST_ERR_CTP_INVALID_JSON_BODY: 'VALIDATION_ERROR',
  FST_ERR_BAD_URL: 'VALIDATION_ERROR',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
  FST_ERR_ASYNC_CONSTRAINT: 'NOT_FOUND',
};

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'VALIDATION_ERROR',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  417: 'EXPECTATION_FAILED',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
};

/** Turns whatever was thrown into an answer. What nobody named becomes a bare 500. */
export function toProblem(thrown: unknown, requestId: string): ProblemAnswer {
  if (thrown instanceof AppError) {
    const { code, details, retryAfterSeconds } = thrown;
    return answer(code, { requestId, details, retryAfterSeconds });
  }
  if (thrown instanceof HttpException) {
    const ready = thrown.getResponse();
    if (isFailureEnvelope(ready)) {
      const body = { ...ready, error: { ...ready.error, request_id: requestId } };
      return { status: thrown.getStatus(), body, headers: {}, unexpected: thrown.getStatus() === 500 };
    }
    const code = CODE_OF_STATUS[thrown.getStatus()];
    if (code) return answer(code, { requestId });
  }
  const { code, statusCode } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? CODE_OF_FASTIFY_ERROR[code] : undefined;
  const byStatus = typeof statusCode === 'number' ? CODE_OF_STATUS[statusCode] : undefined;
  return answer(known ?? byStatus ?? 'INTERNAL_ERROR', { requestId });
}

function answer(
  code: ErrorCode,
  facts: { requestId: string; details?: unknown; retryAfterSeconds?: number | undefined },
): ProblemAnswer {
  const { status, sentence } = PROBLEMS[code];
  const { requestId, details, retryAfterSeconds } = facts;
  return {
    status,
    unexpected: code === 'INTERNAL_ERROR',
    headers: {
      ...(status === 401 ? { 'www-authenticate': challenge(code) } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
    },
    body: {
      success: false,
      error: {
        code,
        message: sentence,
        ...(details === undefined ? {} : { details }),
        request_id: requestId,
        ...(retryAfterSeconds === undefined ? {} : { retry_after: Math.max(1, Math.ceil(retryAfterSeconds)) }),
      },
    },
  };
}

/** Without credentials no `error` is told (RFC 6750 §3.1). */
function challenge(code: ErrorCode): string {
  return code === 'TOKEN_MISSING' ? BEARER : `${BEARER}, error="invalid_token", error_description="${code}"`;
}

function isFailureEnvelope(value: unknown): value is FailureEnvelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { success?: unknown }).success === false &&
    'error' in value
  );
}
