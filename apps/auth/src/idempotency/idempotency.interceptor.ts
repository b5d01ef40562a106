import { addressNetwork } from '@gatehouse/nest-kit';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom, map, type Observable } from 'rxjs';
import type { AdmittedRequest } from '../access/presence.guard.js';
import { AnswerOnce, type OnceRequest } from './answer-once.js';

/** Honours `Idempotency-Key` on the route it is put on. Not for routes that answer with a token: answers are stored. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(AnswerOnce) private readonly once: AnswerOnce) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<AdmittedRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    const work = async () => ({ body: await lastValueFrom<unknown>(next.handle()) });
    const answer = this.once.run(onceRequest(request, String(key)), work);
    return from(answer).pipe(
      map(({ body, replayed }) => {
        if (replayed) void http.getResponse<FastifyReply>().header('idempotency-replayed', 'true');
        return body;
      }),
    );
  }
}

function onceRequest(request: AdmittedRequest, idempotencyKey: string): OnceRequest {
  const { principal, method, routeOptions, params, query, body, headers } = request;
  return {
    idempotencyKey,
    // Nobody is recognised on public routes; people behind one address are told apart by what they send.
    caller: principal ? `user:${principal.userId}` : `network:${addressNetwork(request.ip)}`,
    route: `${method} ${routeOptions.url ?? ''}`,
    // The session rather than the token, which a client may refresh between two attempts.
    parts: {
      credential: principal?.sessionId ?? headers.authorization ?? null,
      named: headers['x-session-id'] ?? null,
      params,
      query,
      body: body ?? null,
    },
  };
}
