import type { IncomingHttpHeaders } from 'node:http';

/** The request a proxy asks about. */
export interface OriginalRequest {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly target: string;
}

const METHOD = /^[A-Z]{1,20}$/;
const MAX_TARGET = 8_192;

/**
 * What the proxy says it was asked: `X-Original-URI` and `X-Original-Method` (NGINX, by our example), or `X-Forwarded-Uri` and
 * `X-Forwarded-Method` (Caddy, Traefik). The proxy sets one pair; a client may send the other, which the proxy hands on. Two that
 * differ therefore mean that somebody tries to be judged by another address than they are sent to (CVE-2026-40575), and nothing
 * decides between them.
 *
 * @returns `undefined` where it is missing, said twice, or malformed.
 */
export function originalRequest(headers: IncomingHttpHeaders): OriginalRequest | undefined {
  const target = agreed(headers, ['x-original-uri', 'x-forwarded-uri']);
  const method = agreed(headers, ['x-original-method', 'x-forwarded-method']);
  if (target === undefined || method === undefined) return undefined;
  if (!METHOD.test(method) || target.length > MAX_TARGET || !target.startsWith('/')) return undefined;
  return { method, target };
}

/** The one value that all of these headers have that are there. Node joins repeated ones with a comma, which no method has. */
function agreed(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  const values = names.flatMap((name) => headers[name] ?? []);
  return new Set(values).size === 1 ? values[0] : undefined;
}
