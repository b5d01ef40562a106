import { routeConflicts } from '../routes/route-conflicts.js';
import { parsePattern, type RoutePattern } from '../routes/route-pattern.js';
import { CompiledRouteTable, type RouteEntry } from '../routes/route-table.js';
import type { Route, RouteAccess, RouteIdentity } from '../routes/route.js';
import type { FaultPath } from './config-fault.js';
import type { Findings } from './findings.js';
import type { GatewayFile, RouteInFile } from './schema/gateway-file.schema.js';

/** Microsoft Graph by its names: nobody but Graph can check its tokens. */
const GRAPH = /^(00000003-0000-0000-c000-000000000000|https:\/\/(graph|microsoftgraph|dod-graph)\.[a-z.]+\/?)$/i;

/** The routes of the file as a table; undefined where any of them cannot stand. */
export function routeTableOf(file: GatewayFile, findings: Findings): CompiledRouteTable | undefined {
  const before = findings.faults.length;
  const entries: RouteEntry[] = [];
  const indexes: number[] = [];
  for (const [index, one] of file.routes.entries()) {
    const entry = entryOf(one, ['routes', index], file, findings);
    if (!entry) continue;
    entries.push(entry);
    indexes.push(index);
  }
  checkIds(entries, indexes, findings);
  for (const { index, otherIndex, message } of routeConflicts(entries)) {
    const path: FaultPath = ['routes', indexes[index] ?? 0, 'match', 'path'];
    const other = otherIndex === undefined ? '' : ` (routes[${indexes[otherIndex] ?? 0}])`;
    findings.fault(path, `${message}${other}`);
  }
  return findings.faults.length === before ? new CompiledRouteTable(entries) : undefined;
}

function entryOf(one: RouteInFile, path: FaultPath, file: GatewayFile, findings: Findings): RouteEntry | undefined {
  // The schema has seen that it is a pattern.
  const parsed = parsePattern(one.match.path);
  if (!parsed.ok) return undefined;
  const methods = [...new Set(one.match.methods ?? [])];
  checkRoute(one, parsed.pattern, path, file, findings);
  const id = one.id ?? [methods.join(','), one.match.path].filter(Boolean).join(' ');
  return { pattern: parsed.pattern, methods, route: toRoute(id, one, file) };
}

function checkRoute(
  one: RouteInFile,
  pattern: RoutePattern,
  path: FaultPath,
  file: GatewayFile,
  findings: Findings,
): void {
  const isPublic = one.auth === 'none';
  if (!Object.hasOwn(file.upstreams, one.upstream))
    findings.fault([...path, 'upstream'], unknownName(file.upstreams, 'upstream'));
  if (one.login !== undefined && !Object.hasOwn(file.providers, one.login)) {
    findings.fault([...path, 'login'], unknownName(file.providers, 'provider'));
  }
  if (isPublic && one.identity !== undefined && one.identity !== 'none') {
    findings.fault([...path, 'identity'], 'has nobody to tell of where auth is none; leave it out, or set auth: any');
  }
  if (one.stripPrefix !== undefined && !beginsWith(pattern, one.stripPrefix)) {
    findings.fault([...path, 'stripPrefix'], 'must be how every path of this route begins');
  }
  if (typeof one.identity === 'object' && GRAPH.test(one.identity.providerToken.audience)) {
    findings.fault([...path, 'identity'], 'must not pass on tokens for Microsoft Graph: nobody else can check them');
  }
  if (typeof one.auth === 'object' && Object.values(one.auth).every((asked) => asked === undefined)) {
    findings.fault([...path, 'auth'], 'asks for nothing; write any, or name roles');
  }
  if (one.onStoreDown !== 'deny' && isGuarded(one, pattern)) {
    const message =
      'must be deny where administrators or a recent sign-in are asked for: an old decision is not enough';
    findings.fault([...path, 'onStoreDown'], message);
  }
}

/** Where a decision of a moment ago must not do. */
function isGuarded({ auth }: RouteInFile, { segments }: RoutePattern): boolean {
  const [first] = segments;
  if (first?.kind === 'literal' && /^admin/i.test(first.text)) return true;
  if (typeof auth !== 'object') return false;
  const roles = [...(auth.anyRole ?? []), ...(auth.allRoles ?? [])];
  return auth.maxAge !== undefined || auth.acr !== undefined || roles.some((role) => /admin/i.test(role));
}

/** A segment that stands for any is no part of a prefix. */
function beginsWith({ segments }: RoutePattern, prefix: string): boolean {
  return prefix
    .slice(1)
    .split('/')
    .every((part, index) => {
      const segment = segments[index];
      return segment?.kind === 'literal' && segment.text === part;
    });
}

function checkIds(entries: readonly RouteEntry[], indexes: readonly number[], findings: Findings): void {
  const seen = new Map<string, number>();
  for (const [at, { route }] of entries.entries()) {
    const index = indexes[at] ?? 0;
    const first = seen.get(route.id);
    if (first === undefined) seen.set(route.id, index);
    else findings.fault(['routes', index, 'id'], `is the id of routes[${first}] too; give one of them another`);
  }
}

function toRoute(id: string, one: RouteInFile, file: GatewayFile): Route {
  const access = accessOf(one.auth);
  const webSocket = one.websocket;
  return {
    id,
    upstream: one.upstream,
    ...(one.stripPrefix === undefined ? {} : { stripPrefix: one.stripPrefix }),
    access,
    identity: identityOf(one.identity ?? (access.kind === 'none' ? 'none' : 'token')),
    acceptBearer: one.bearer === 'accept',
    csrf: one.csrf ?? access.kind !== 'none',
    webSocket: webSocket !== false,
    webSocketOrigins: typeof webSocket === 'object' ? webSocket.origins.map(({ origin }) => origin) : [],
    timeouts: { connectMs: one.timeout.connect, headersMs: one.timeout.headers, idleMs: one.timeout.idle },
    bodyLimitBytes: one.limits.body ?? file.server.limits.body,
    retries: one.retry.attempts,
    onStoreDown: one.onStoreDown === 'deny' ? { kind: 'deny' } : { kind: 'stale', staleMs: one.onStoreDown.stale },
    ...(one.login === undefined ? {} : { provider: one.login }),
  };
}

function accessOf(auth: RouteInFile['auth']): RouteAccess {
  if (auth === 'none') return { kind: 'none' };
  if (auth === 'any') return { kind: 'session', anyRole: [], allRoles: [] };
  return {
    kind: 'session',
    anyRole: auth.anyRole ?? [],
    allRoles: auth.allRoles ?? [],
    ...(auth.maxAge === undefined ? {} : { maxAuthAgeMs: auth.maxAge }),
    ...(auth.acr === undefined ? {} : { acr: auth.acr }),
  };
}

function identityOf(identity: NonNullable<RouteInFile['identity']>): RouteIdentity {
  if (typeof identity === 'string') return { kind: identity };
  return { kind: 'provider-token', audience: identity.providerToken.audience };
}

export function unknownName(known: object, what: string): string {
  const names = Object.keys(known);
  return `names no ${what} of this file; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'none'}`;
}
