import type { IncomingMessage } from 'node:http';
import type { SessionValidator } from '../core/session-validator.js';

/**
 * The other end of the connection, where no framework knows better: behind a proxy that is the proxy. Not looked at when nobody
 * wants to know.
 */
export function addressOf(
  { countsRequests }: SessionValidator,
  { socket }: Pick<IncomingMessage, 'socket'>,
): string | undefined {
  return countsRequests ? socket.remoteAddress : undefined;
}
