import type { FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';
import { canonicalAddress } from './client-address.js';

/**
 * Gives `request.ip` one spelling where proxies tell it. Some write the port behind the address, which is another with each connection:
 * whoever counted by that would count nobody. What is no address tells nothing, and who asks is then the proxy itself. To be called
 * before anything that looks at the address.
 */
export function settleToldAddresses(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['x-forwarded-for'] !== undefined) {
      const told = canonicalAddress(request.ip);
      const value = ipaddr.isValid(told) ? told : canonicalAddress(request.socket.remoteAddress ?? told);
      Object.defineProperty(request, 'ip', { value });
    }
    done();
  });
}
