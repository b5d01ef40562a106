import { AppError } from '@gatehouse/failures';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inNetworks } from './networks.js';

/** This machine, and networks that nothing on the internet can ask from (RFC 1918, 3927, 4193, 4291, 6598). */
export const PRIVATE_NETWORKS: readonly string[] =
  '127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,100.64.0.0/10,::1/128,fc00::/7,fe80::/10'.split(
    ',',
  );

/** What is for those who run the service: its figures, the page that explains every route, and what only services of theirs ask. */
const INSIDE = /^\/(?:metrics|docs|api\/v1\/internal)(?:[/?]|$)/;

class NothingHere extends AppError {
  readonly code = 'NOT_FOUND';
}

/**
 * Answers 404 to whoever asks from outside for figures or documents, as to a path that is not served. Outside is every address
 * that is in none of the networks, whichever place in the chain of proxies it has: a header that a proxy added cannot be taken
 * away by its client, and one that the client made up only shuts the door on itself. To be called before routes are registered.
 */
export function keepInside(fastify: FastifyInstance, networks: readonly string[]): void {
  const isInside = inNetworks(networks);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isForInside = INSIDE.test(request.url) || INSIDE.test(request.routeOptions.url ?? '');
    if (!isForInside || addressesOf(request).every(isInside)) done();
    else done(new NothingHere('asked for from outside'));
  });
}

function addressesOf({ ip, socket, headers }: FastifyRequest): string[] {
  const told = [headers['x-forwarded-for'] ?? []].flat().flatMap((list) => list.split(','));
  // Says who as well, in more ways than are worth reading.
  const other = headers.forwarded === undefined && headers['x-real-ip'] === undefined ? [] : ['unknown'];
  return [ip, socket.remoteAddress ?? ip, ...told.map((part) => part.trim()), ...other];
}
