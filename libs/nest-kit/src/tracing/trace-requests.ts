import type { Tracing } from '@gatehouse/observability';
import type { FastifyInstance } from 'fastify';

/**
 * A span for each request whose route is not asked by machines all the time. To be called before any other hook is added: what
 * refuses is an answer too. The request's end is told by whoever writes its line in the log.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing, untraced: readonly string[]): void {
  const left = new Set(untraced);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (left.has(request.routeOptions.url ?? '')) done();
    else tracing.incoming(request.raw).run(done);
  });
  // A body arrives in callbacks of its socket, which know nothing of the request: whatever comes after it is brought back here.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const span = tracing.known(request.raw);
    if (span) span.run(done);
    else done();
  });
}
