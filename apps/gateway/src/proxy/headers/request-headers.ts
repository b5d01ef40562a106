import type { IncomingMessage } from 'node:http';
import type { ForwardPlan } from '../forward.port.js';
import { listedByConnection } from './connection-tokens.js';
import { holdsOwnCookie, withoutOwnCookies } from './cookies.js';
import { appendForwarding, via } from './forwarding.js';
import { ruleOf } from './request-rules.js';

/**
 * The headers an upstream gets: the client's without what is about the connection, without everything only we may say, and then
 * ours. In that order: what `Connection` lists is taken away before ours are added, or a client could list them.
 *
 * @param keepsLength - whether a body follows, whose `Content-Length` counts
 * @returns name, value, name, value … for undici, `Host` left to it
 */
export function requestHeaders(request: IncomingMessage, plan: ForwardPlan, keepsLength: boolean): string[] {
  const raw = request.rawHeaders;
  const listed = listedByConnection(request.headers.connection);
  const headers: string[] = [];
  let before: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    const value = raw[at + 1] as string;
    if (listed.size > 0 && listed.has(name.toLowerCase())) continue;
    switch (ruleOf(name)) {
      case 'trace':
        if (!plan.span) headers.push(name, value);
        break;
      case 'pass':
        headers.push(name, value);
        break;
      case 'cookie': {
        const rest = withoutOwnCookies(value, plan.ownCookies);
        if (rest !== undefined) headers.push(name, rest);
        break;
      }
      case 'authorization':
        if (passesBearer(request, value, plan)) headers.push(name, value);
        break;
      case 'content-length':
        if (keepsLength) headers.push(name, value);
        break;
      case 'via':
        before = before ? `${before}, ${value}` : value;
        break;
    }
  }
  for (const [name, value] of plan.identityHeaders) headers.push(name, value);
  appendForwarding(headers, plan);
  headers.push('x-request-id', plan.requestId, 'via', via(request.httpVersion, before));
  return headers;
}

/** Only where the route says so, nobody is signed in by cookie, and we have no `Authorization` of our own to send. */
function passesBearer(request: IncomingMessage, value: string, plan: ForwardPlan): boolean {
  if (!plan.route.acceptBearer || !/^bearer /i.test(value)) return false;
  if (plan.identityHeaders.some(([name]) => name === 'authorization')) return false;
  const { cookie } = request.headers;
  return cookie === undefined || !holdsOwnCookie(cookie, plan.ownCookies);
}
