import type { Logger } from '@gatehouse/observability';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { prefersProblemDetails, PROBLEM_JSON, problemDetails } from './problem-details.js';
import { noteRefusal } from './refusals.js';
import { toProblem } from './to-problem.js';

/** The one place where what was thrown becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, body, headers, unexpected } = toProblem(thrown, request.id);
    noteRefusal(request, body.error.code);
    if (unexpected) this.logger.error('request failed', { requestId: request.id, error: thrown });
    // Of a rush the line of the request and the counters tell; a line more for each would make it worse.
    else if (status >= 500 && body.error.code !== 'OVERLOADED')
      this.logger.warn('request refused', { requestId: request.id, error: thrown });
    // A stream that has begun cannot take an answer any more.
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const varies = [reply.getHeader('vary'), 'Accept'].filter(Boolean).join(', ');
    void reply.status(status).headers(headers).header('vary', varies);
    if (!prefersProblemDetails(request.headers.accept)) return void reply.send(body);
    void reply.header('content-type', PROBLEM_JSON).send(JSON.stringify(problemDetails(status, body)));
  }
}
