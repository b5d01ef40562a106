import { toProblem } from '@gatehouse/nest-kit';
import type { Logger } from '@gatehouse/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER } from '../../front/logger.js';

/**
 * Failures in the words of OpenID Connect Back-Channel Logout 1.0 §2.8: 400, whether the request was wrong or the logout could
 * not be done. A provider that tries again does so for any answer but 200.
 */
@Catch()
export class LogoutFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, headers } = toProblem(thrown, request.id);
    const isOurs = status >= 500;
    this.logger[isOurs ? 'warn' : 'info']('logout of a provider not done', { requestId: request.id, error: thrown });
    const error = isOurs ? 'temporarily_unavailable' : 'invalid_request';
    await reply
      .status(400)
      .headers({ ...headers, 'cache-control': 'no-store' })
      .send({ error });
  }
}
