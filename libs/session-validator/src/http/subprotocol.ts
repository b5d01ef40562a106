import type { IncomingMessage } from 'node:http';
import type { AccessCookie } from '../core/config/access-cookie.js';
import type { Credentials } from './access.js';
import { besideCookie } from './access-cookie.js';
import { Answer, malformedCredentials } from './answer.js';
import { bearerToken, MALFORMED } from './bearer.js';

/**
 * Begin of the subprotocol that carries a token. A JWT is made of base64url and dots, which a subprotocol's name may hold
 * as they are (RFC 6455 §4.1, RFC 9110 §5.6.2).
 */
export const BEARER_SUBPROTOCOL = 'bearer.';

const HEADER = 'sec-websocket-protocol';
const ALONE = 'Offer a subprotocol of your own beside the one with the token: the server must not choose that one.';

/**
 * The credentials of an upgrade request: the Authorization header, or, since browsers cannot set it, one subprotocol
 * `bearer.<token>`. The address is never looked at: addresses end up in logs (RFC 6750 §5.3).
 *
 * The subprotocol with the token is taken out of the request. A WebSocket server answers with one of those offered, and
 * by default with the first: the token would go back over the wire, and into whatever logs responses.
 *
 * Where a cookie may carry the token, it is taken only from pages that are allowed to: WebSockets know no other protection
 * from foreign ones.
 *
 * @returns an answer when the offer cannot lead to a connection.
 */
export function takeUpgradeCredentials(request: IncomingMessage, cookie?: AccessCookie): Credentials | Answer {
  const sent = takeSentCredentials(request);
  // An upgrade is a GET, and yet what follows may change everything; nor do browsers keep other pages from reading it.
  return cookie && !(sent instanceof Answer) ? besideCookie(sent, request, cookie, true) : sent;
}

function takeSentCredentials(request: IncomingMessage): Credentials | Answer {
  const inHeader = bearerToken(request);
  const offered = request.headers[HEADER]?.split(',').map((name) => name.trim()) ?? [];
  const tokens = offered.filter((name) => name.startsWith(BEARER_SUBPROTOCOL));
  const [token] = tokens;
  if (token === undefined) return inHeader;

  const others = offered.filter((name) => !tokens.includes(name)).join(', ');
  offerOnly(request, others);
  if (inHeader !== '' || tokens.length > 1 || token === BEARER_SUBPROTOCOL) return MALFORMED;
  // A browser gives the connection up when it offered subprotocols and the server chose none.
  return others === '' ? malformedCredentials(ALONE) : token.slice(BEARER_SUBPROTOCOL.length);
}

function offerOnly({ headers, rawHeaders }: IncomingMessage, others: string): void {
  if (others === '') delete headers['sec-websocket-protocol'];
  else headers['sec-websocket-protocol'] = others;
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    if (rawHeaders[i]?.toLowerCase() === HEADER) rawHeaders.splice(i, 2);
  }
  if (others !== '') rawHeaders.push('Sec-WebSocket-Protocol', others);
}
