const KNOWN = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY']);

/** Clients invent methods; in names of spans those would be text of theirs. `_OTHER` as the conventions spell it. */
export function methodOf(method = ''): string {
  return KNOWN.has(method) ? method : '_OTHER';
}
