import type { CanonicalTarget } from '../paths/canonical-path.js';
import { withoutParameters } from '../paths/path-flaw.js';

/** What an upstream is asked for: the path that was judged, without the prefix of the route, and the query as it came. */
export function upstreamTarget({ path, query }: CanonicalTarget, stripPrefix: string | undefined): string {
  return withoutPrefix(path, stripPrefix) + query;
}

/** Whole segments only: `/api` is no prefix of `/apis`. */
function withoutPrefix(path: string, prefix: string | undefined): string {
  if (prefix === undefined || prefix === '/') return path;
  if (path === prefix) return '/';
  if (path.startsWith(`${prefix}/`)) return path.slice(prefix.length);
  return path.includes(';') ? withoutSegments(path, prefix.split('/').slice(1)) : path;
}

/** The same where segments have parameters, which go with them. */
function withoutSegments(path: string, names: readonly string[]): string {
  const segments = path.split('/').slice(1);
  if (!names.every((name, at) => withoutParameters(segments[at] ?? '') === name)) return path;
  return `/${segments.slice(names.length).join('/')}`;
}
