import { AppError } from '@gatehouse/failures';
import type { FastifyInstance } from 'fastify';

class AmbiguousHeaders extends AppError {
  readonly code = 'VALIDATION_ERROR';
}

/**
 * Refuses a second `Host` (RFC 9112 §3.2) or `Content-Type` with 400. Node keeps the first and drops the others without a
 * word, while a proxy on the way may have judged by the last. A second `Authorization` is for whoever reads that header:
 * the answer to it is worded by what it protects.
 */
export function refuseSecondHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (saysOnce(request.raw.rawHeaders)) done();
    else done(new AmbiguousHeaders('a header that must be single came twice'));
  });
}

function saysOnce(rawHeaders: readonly string[]): boolean {
  let [hosts, types] = [0, 0];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    else if (name.length === 12 && name.toLowerCase() === 'content-type') types += 1;
  }
  return hosts < 2 && types < 2;
}
