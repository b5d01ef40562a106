import type { IncomingHttpHeaders } from 'node:http';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Methods that ask for nothing to be changed (RFC 9110 §9.2.1). */
export const isSafeMethod = (method: string | undefined) => SAFE_METHODS.has(method ?? '');

/**
 * Whether a request that carries a cookie by itself shows that one of our own pages, or the person, made it:
 *
 * - `Sec-Fetch-Site` is `same-origin`, or `none` (typed, bookmarked): no page can set it
 * - or `Origin` is ours: no page can set it either
 * - or `X-CSRF: 1` is there: a page of another origin would have to ask first (CORS preflight), and the gateway never agrees
 *
 * @param ownOrigin - `https://app.example`
 */
export function comesFromOwnPage(headers: IncomingHttpHeaders, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return true;
  if (headers['x-csrf'] === '1') return true;
  // A browser that knows the first header tells the truth in it; the second is for those that do not.
  return site === undefined && headers.origin === ownOrigin;
}

/**
 * Whether a page may open this WebSocket. The browser sends the cookie along wherever the page comes from, and no preflight
 * asks before; `Origin` is all there is (RFC 6455 §10.2), so a request with our cookie and without it is refused as well.
 *
 * @param alsoOrigins - of the route
 */
export function mayOpenWebSocket(
  headers: IncomingHttpHeaders,
  ownOrigin: string,
  alsoOrigins: readonly string[],
): boolean {
  const { origin } = headers;
  return origin !== undefined && (origin === ownOrigin || alsoOrigins.includes(origin));
}
