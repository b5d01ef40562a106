import { AppError, PROBLEMS } from '@gatehouse/failures';
import { toProblem } from '@gatehouse/nest-kit';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OAuthError } from '../oauth.errors.js';

const CHALLENGE = 'Basic realm="gatehouse", charset="UTF-8"';

/** What of all that can go wrong is told in words RFC 6749 does not have. */
const ERROR_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

/** Failures of the OAuth routes in the form RFC 6749 §5.2 fixes, whatever they are. */
@Catch()
export class OAuthFailureFilter implements ExceptionFilter {
  private readonly logger = new Logger('OAuth');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, headers, unexpected } = toProblem(thrown, request.id);
    if (unexpected) this.logger.error(`request ${request.id} failed: ${nameOf(thrown)}`);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    void reply
      .status(status)
      .headers({ ...headers, 'cache-control': 'no-store', pragma: 'no-cache' })
      .headers(status === 401 ? { 'www-authenticate': CHALLENGE } : {})
      .send(oauthFailure(thrown, status));
  }
}

/** Body of a failure (RFC 6749 §5.2). */
export function oauthFailure(thrown: unknown, status: number): { error: string; error_description: string } {
  if (thrown instanceof OAuthError) return { error: thrown.error, error_description: thrown.message };
  const sentence = thrown instanceof AppError ? PROBLEMS[thrown.code].sentence : 'The request could not be answered.';
  return { error: ERROR_OF_STATUS[status] ?? 'invalid_request', error_description: sentence };
}

/** Not its message: that of a foreign error may hold anything. */
function nameOf(thrown: unknown): string {
  return thrown instanceof Error
    ? `${thrown.name}\n${(thrown.stack ?? '').split('\n').slice(1).join('\n')}`
    : typeof thrown;
}
