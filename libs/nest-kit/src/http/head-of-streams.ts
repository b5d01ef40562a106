import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';

/**
 * Ends the answer to a HEAD request when the route begins to write its body. Node sends none of it (RFC 9110 §9.3.2), but would
 * wait for the end of an event stream, which has none, and let everything else on the connection wait with it.
 */
export function endHeadOfStreams(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'HEAD') endAtFirstWrite(reply.raw);
    done();
  });
}

function endAtFirstWrite(response: ServerResponse): void {
  // The route may not notice before its next write, which must be no error then.
  const write = (): boolean => {
    if (!response.writableEnded) response.end();
    return true;
  };
  response.write = write;
}
