import { noteRefusal, ProblemFilter, toProblem } from '@gatehouse/nest-kit';
import type { Logger } from '@gatehouse/observability';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OAUTH_PATH } from '../federation-paths.js';
import { IdentityProviders } from '../providers/identity-providers.js';
import { wordsFor } from './failure-page.js';
import { PAGE_POLICY, renderOAuthPage } from './oauth-page.js';

export interface PageSettings {
  readonly logger: Logger;
  /** Where the application is, without a slash at the end. */
  readonly appUrl: string;
  /** Where browsers and providers reach this service, likewise. */
  readonly publicUrl: string;
  /** Whether a sign-in can be begun by a mere link; otherwise the application begins it. */
  readonly startsByLink: boolean;
}

export const PAGE_SETTINGS = Symbol('settings of pages');

/** Failures as a page where a person looks at them, and as everywhere else where a program does. */
@Catch()
export class OAuthPageFilter implements ExceptionFilter {
  private readonly plain: ProblemFilter;

  constructor(
    @Inject(PAGE_SETTINGS) private readonly settings: PageSettings,
    @Inject(IdentityProviders) private readonly providers: IdentityProviders,
  ) {
    this.plain = new ProblemFilter(settings.logger);
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (!wantsPage(request) || reply.sent) return this.plain.catch(thrown, host);
    const { status, body, headers, unexpected } = toProblem(thrown, request.id);
    const { code, message } = body.error;
    noteRefusal(request, code);
    const facts = { requestId: request.id, error: thrown };
    if (unexpected) this.settings.logger.error('request failed', facts);
    else if (status >= 500) this.settings.logger.warn('request refused', facts);
    const { again, ...words } = wordsFor(code, thrown, message);
    const action = again ? this.anotherTry(request) : undefined;
    const page = renderOAuthPage({ ...words, ...(action ? { action } : {}), requestId: request.id });
    void reply
      .status(status)
      .headers({ ...headers, vary: 'Accept', 'content-security-policy': PAGE_POLICY })
      .type('text/html; charset=utf-8')
      .send(page);
  }

  private anotherTry({ params }: FastifyRequest): { readonly label: string; readonly href: string } | undefined {
    const { appUrl, startsByLink } = this.settings;
    if (!startsByLink) return { label: 'Back', href: `${appUrl}/` };
    const { provider } = params as { readonly provider?: string };
    // Only where it leads: to a provider there is.
    const known = this.providers.list().find(({ name }) => name === provider);
    return known && { label: 'Try again', href: `${OAUTH_PATH}/${known.name}/start` };
  }
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').toLowerCase().includes('text/html');
}
