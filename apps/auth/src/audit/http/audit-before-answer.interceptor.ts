import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import type { AuditLog } from '../audit-log.port.js';

/**
 * Holds the answer back until what the request recorded is safe, where its kind asks for that. Nobody is told that a password or
 * a role has changed while the record of it can still be lost.
 */
export class AuditBeforeAnswer implements NestInterceptor {
  constructor(private readonly audit: Pick<AuditLog, 'settle'>) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const { id } = context.switchToHttp().getRequest<FastifyRequest>();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await this.audit.settle(id);
        return answer;
      }),
    );
  }
}
