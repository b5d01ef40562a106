import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** From where a request came, for the audit log and for limits. */
export interface CallerFacts {
  /** As the trusted proxies tell it. */
  readonly ipAddress: string;
  readonly requestId: string;
}

/** The {@link CallerFacts} of this request. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): CallerFacts => {
  const { ip, id } = context.switchToHttp().getRequest<FastifyRequest>();
  return { ipAddress: ip, requestId: id };
});
