import { randomUuid } from '@gatehouse/kernel';
import type { IncomingMessage } from 'node:http';
import type { TrustedPeers } from './trusted-peers.js';

const SANE = /^[A-Za-z0-9._-]{8,128}$/;

/** A sane id that a trusted proxy sent along is kept, so that one request has one name across services. */
export function requestIdOf({ headers, socket }: IncomingMessage, peers: TrustedPeers): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) && peers.has(socket.remoteAddress) ? given : randomUuid();
}
