import { ProblemFilter } from '@gatehouse/nest-kit';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IdentityRefused, type RefusalReason } from '../federation.errors.js';
import { PAGE_SETTINGS, type PageSettings } from './oauth-page.filter.js';

/** The words of RFC 8935 §2.4, where it has one for the reason. */
const WORD: Partial<Readonly<Record<RefusalReason, string>>> = {
  ISSUER_MISMATCH: 'invalid_issuer',
  TENANT_NOT_ALLOWED: 'invalid_issuer',
  AUDIENCE_MISMATCH: 'invalid_audience',
};

const DESCRIPTION = {
  invalid_issuer: 'The event is not of the issuer this provider is configured with.',
  invalid_audience: 'The event is made out to somebody else.',
  invalid_request: 'This is no security event of the provider that names a person by iss_sub or a session.',
};

/** What is wrong with a security event, in the form its sender knows (RFC 8935 §2.3). Everything else as everywhere. */
@Catch()
export class SecurityEventFilter implements ExceptionFilter {
  private readonly plain: ProblemFilter;

  constructor(@Inject(PAGE_SETTINGS) { logger }: PageSettings) {
    this.plain = new ProblemFilter(logger);
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (!(thrown instanceof IdentityRefused)) return this.plain.catch(thrown, host);
    const err = (WORD[thrown.details.reason] ?? 'invalid_request') as keyof typeof DESCRIPTION;
    void host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .status(400)
      .headers({ 'cache-control': 'no-store', 'content-language': 'en' })
      .send({ err, description: DESCRIPTION[err] });
  }
}
