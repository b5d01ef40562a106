import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who waits for the answer.
 *
 * - `navigation`: a browser that goes to a page; it may be sent elsewhere
 * - `page`: a browser that sent a form; it wants to read something, and being sent elsewhere would lose what was typed
 * - `api`: a program or a script in a page; it wants a status and a code
 */
export type Caller = 'navigation' | 'page' | 'api';

/**
 * By `Sec-Fetch-Mode`, which no script can set (W3C Fetch Metadata); where a browser is too old for it, by what it accepts.
 * A script that asks for HTML marks itself with `X-Requested-With`, by custom.
 */
export function callerOf(method: string | undefined, headers: IncomingHttpHeaders): Caller {
  const mode = headers['sec-fetch-mode'];
  const reads = method === 'GET' || method === 'HEAD';
  if (mode !== undefined) {
    if (mode !== 'navigate') return 'api';
    return reads ? 'navigation' : 'page';
  }
  const wantsHtml = acceptsHtml(headers.accept) && headers['x-requested-with'] === undefined;
  if (!wantsHtml) return 'api';
  return reads ? 'navigation' : 'page';
}

/** By name only: programs send a wildcard, and browsers name it. */
export function acceptsHtml(accept: string | undefined): boolean {
  return /(?:^|[\s,])text\/html(?:[\s,;]|$)/i.test(accept ?? '');
}
