import type { CanonicalTarget } from '../paths/canonical-path.js';

/** What an upstream is asked for: the path that was judged, without the prefix of the route, and the query as it came. */
export function upstreamTarget({ path, query }: CanonicalTarget, stripPrefix: string | undefined): string {
  return withoutPrefix(path, stripPrefix) + query;
}

/** Whole segments only: `/api` is no prefix of `/apis`. */
function withoutPrefix(path: string, prefix: string | undefined): string {
  if (prefix === undefined || prefix === '/') return path;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
