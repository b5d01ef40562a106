import { ProblemFilter, toProblem } from '@gatehouse/nest-kit';
import type { Logger } from '@gatehouse/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER } from '../../front/logger.js';
import { callerOf } from '../../front/caller.js';
import { loginPath } from '../login-wish.js';
import { failurePage } from '../pages/failure-pages.js';
import { Site } from '../site.js';
import { sendPage } from './send-page.js';

/** Answers people with a page they can read, and programs with a problem as everywhere else. */
@Catch()
export class PageFilter implements ExceptionFilter {
  private readonly problems: ProblemFilter;

  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Site) private readonly site: Site,
  ) {
    this.problems = new ProblemFilter(logger);
  }

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (callerOf(request.method, request.headers) === 'api') {
      this.problems.catch(thrown, host);
      return;
    }
    const { status, body, headers, unexpected } = toProblem(thrown, request.id);
    const { code } = body.error;
    // Why a login came to nothing is what whoever runs this is asked about; messages hold nothing of the person's.
    if (unexpected) this.logger.error('request failed', { requestId: request.id, error: thrown });
    else this.logger.info('page of a failure', { requestId: request.id, code, error: thrown });
    void reply.headers(headers);
    const retry = request.method === 'GET' ? request.url : undefined;
    // The callback works once: trying it again would only fail again.
    const again = request.url.startsWith('/_gw/callback/') ? undefined : retry;
    const page = failurePage(code, { login: loginPath({}), logout: '/_gw/logout' }, request.id, again);
    await sendPage(reply, this.site, status, page);
  }
}
