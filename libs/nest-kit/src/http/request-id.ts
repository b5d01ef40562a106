import { randomUuid } from '@gatehouse/kernel';
import type { IncomingMessage } from 'node:http';
import { inNetworks } from './networks.js';

const SANE = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * How requests get their names. A sane one that a trusted proxy sends along is kept, so that one request has one name across
 * services. Of anybody else it is not: whoever chooses names could have theirs stand in our logs and our audit beside another's.
 *
 * @param trustedProxies - addresses and networks
 */
export function requestNames(
  trustedProxies: readonly string[],
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const isTrusted = inNetworks(trustedProxies);
  return ({ headers, socket }) => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && SANE.test(given) && isTrusted(socket.remoteAddress) ? given : randomUuid();
  };
}
