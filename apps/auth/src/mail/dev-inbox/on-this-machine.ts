import type { IncomingMessage } from 'node:http';
import { AppError } from '@gatehouse/failures';

class NothingHere extends AppError {
  readonly code = 'NOT_FOUND';
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Takes the peer itself, whatever proxies say; one that speaks for others does not count. And by a local name: a page elsewhere whose
 * name has been pointed at this machine (DNS rebinding) must not read it.
 *
 * @throws {NothingHere} for whoever is not a browser on this machine.
 */
export function mustBeOnThisMachine({ headers, socket }: IncomingMessage): void {
  const { host = '', forwarded, 'x-forwarded-for': forwardedFor } = headers;
  const isDirect = forwarded === undefined && forwardedFor === undefined;
  const isLocal = isDirect && LOOPBACK.test(socket.remoteAddress ?? '') && LOCAL_HOST.test(host);
  if (!isLocal) throw new NothingHere('pages for developers are shown on this machine only');
}
