import { AppError } from '@gatehouse/failures';
import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

class MethodNotAllowed extends AppError {
  readonly code = 'METHOD_NOT_ALLOWED';
}

/**
 * Where a path is served, but not with this method: 405 and `Allow` (RFC 9110 §15.5.6) in place of Fastify's 404, and an
 * answer to OPTIONS (§9.3.7). Bodies are not read for it. A path that is not served at all stays a 404. To be called before
 * routes are registered.
 *
 * @param maxParamLength - that of the server: both must see the same paths
 */
export function answerOtherMethods(fastify: FastifyInstance, maxParamLength: number): void {
  // Fastify's own router cannot be asked which methods a path has; a second one of its kind finds what that one finds.
  const router = findMyWay({ maxParamLength });
  const methods = new Set<HTTPMethod>();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat() as HTTPMethod[]) {
      // Preflights may be registered for every path there could be.
      if (one === 'OPTIONS' || router.hasRoute(one, url)) continue;
      router.on(one, url, () => undefined);
      methods.add(one);
    }
  });

  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    const asksWhich = request.method === 'OPTIONS';
    if (!request.is404 && !asksWhich) return done();
    const served = [...methods].filter((method) => router.find(method, request.url) !== null);
    if (served.length === 0) return done();
    void reply.header('allow', [...served, 'OPTIONS'].sort().join(', '));
    if (asksWhich) void reply.status(204).send();
    else done(new MethodNotAllowed('the path is served with other methods'));
  });
}
