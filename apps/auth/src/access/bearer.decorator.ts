import { AppError } from '@gatehouse/failures';
import { bearerToken, MALFORMED } from '@gatehouse/session-validator/nest';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Starts every challenge for bearer tokens: the scheme alone is none (RFC 6750 §3). */
export const BEARER_CHALLENGE = 'Bearer realm="gatehouse"';

/** Told beside {@link MalformedCredentials}. */
export const MALFORMED_CHALLENGE = `${BEARER_CHALLENGE}, error="invalid_request"`;

/** Several credentials at once: which one is meant must not be guessed (RFC 6750 §3.1). */
export class MalformedCredentials extends AppError {
  readonly code = 'VALIDATION_ERROR';
  constructor() {
    super('more than one access token, or text that is none');
  }
}

/**
 * The bearer token of a public route that looks at it itself; the empty string when there is none.
 *
 * @throws {MalformedCredentials}
 */
export const Bearer = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const http = context.switchToHttp();
  const token = bearerToken(http.getRequest<FastifyRequest>().raw);
  if (token !== MALFORMED) return token;
  void http.getResponse<FastifyReply>().header('www-authenticate', MALFORMED_CHALLENGE);
  throw new MalformedCredentials();
});
