import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 §9.2.1. `TRACE` would send cookies back, and is served nowhere. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request only reads. What may change something must come from a page of ours. */
export function onlyReads({ method }: { readonly method: string }): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Whether a browser says that the request comes from one of these pages. No page can set either header itself. `Origin` decides where
 * there is one; without it, a page of the very origin that is asked will do (Fetch Metadata), and silence will not: all browsers send
 * one of the two with whatever may change something. `null` is the origin of sandboxed frames, whoever made them, and never ours.
 */
export function comesFromOwnPage(headers: IncomingHttpHeaders, origins: ReadonlySet<string>): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  // From another site, browsers would not have sent the cookies: somebody takes pains to look like one of ours.
  if (site === 'cross-site') return false;
  return origin === undefined ? site === 'same-origin' : origins.has(origin);
}
