import type { GatewaySettings, UpstreamSettings } from '../config/gateway-settings.js';
import { isSafeMethod } from '../front/own-pages.js';
import { isOwnPath } from '../front/own-paths.js';
import { upstreamTarget } from '../front/upstream-target.js';
import { canonicalPath } from '../paths/canonical-path.js';
import { withoutParameters } from '../paths/path-flaw.js';
import { intersection, parsePattern } from '../routes/route-pattern.js';
import { CompiledRouteTable, type RouteEntry } from '../routes/route-table.js';
import type { Route } from '../routes/route.js';

/** A request somebody wonders about. */
export interface WonderedRequest {
  readonly method: string;
  /** As in the request line: path and query. */
  readonly target: string;
  /** Whether the browser brings a session cookie. */
  readonly cookie: boolean;
}

/** What becomes of a request, and why. Serialisable. */
export interface Explanation {
  readonly request: WonderedRequest;
  /** `own`: the gateway answers itself. `sign-in`: the caller is asked to. `depends`: on who the session belongs to. */
  readonly outcome: 'refused' | 'own' | 'sign-in' | 'depends' | 'forwarded';
  /** Of the answer, where it is the gateway's. */
  readonly status?: number;
  /** One sentence each, in the order of the decisions. */
  readonly because: readonly string[];
  readonly route?: {
    readonly id: string;
    readonly pattern: string;
    readonly methods: readonly string[];
    /** Place in the list of the file, from 0. */
    readonly index: number;
    /** All patterns that take the path, the deciding one first. */
    readonly considered: readonly string[];
  };
  readonly upstream?: Pick<UpstreamSettings, 'name' | 'balance'> & { readonly targets: readonly string[] };
  readonly sends?: { readonly request: string; readonly identity: readonly string[] };
  readonly limits?: Route['timeouts'] & { readonly bodyBytes: number; readonly retries: number };
  readonly onStoreDown?: string;
}

/** Decides as the gateway would, without session, without upstream. */
export function explainRequest(
  { routing, server, defaultProvider }: GatewaySettings,
  request: WonderedRequest,
): Explanation {
  const { method, target, cookie } = request;
  const read = canonicalPath(target, { ...server.paths, isOwnHost: (host) => host === server.publicUrl.host });
  if (read.kind === 'refused') {
    const because = [`The request target is refused before any route is looked at (${read.flaw}).`];
    return { request, outcome: 'refused', status: read.code === 'URI_TOO_LONG' ? 414 : 400, because };
  }
  const because = read.path + read.query === target ? [] : [`Read as ${read.path}.`];
  if (isOwnPath(read.path)) {
    return {
      request,
      outcome: 'own',
      because: [...because, 'The gateway itself answers this path; no route takes it.'],
    };
  }
  const match = routing.table.match(method, read.path);
  const considered = consideredFor(routing.table, read.path);
  if (match.kind === 'unknown') {
    return {
      request,
      outcome: 'refused',
      status: 404,
      because: [...because, 'No route takes the path, and the default is to refuse.'],
    };
  }
  if (match.kind === 'method-not-allowed') {
    const decider = `${considered[0] ?? ''} decides about the path and takes ${match.allow.join(', ')} only.`;
    const wider = considered.length > 1 ? ['Wider routes are not asked: they might ask less of the caller.'] : [];
    return { request, outcome: 'refused', status: 405, because: [...because, decider, ...wider] };
  }
  const { route } = match;
  const index = routing.table.routes.indexOf(route);
  const entry = entryAt(routing.table, index);
  const others = considered.slice(1);
  because.push(
    others.length === 0
      ? `Only ${considered[0] ?? ''} takes the path.`
      : `${considered[0] ?? ''} is more specific than ${others.join(', ')}.`,
  );
  const decision = whoMayPass(route, method, cookie, route.provider ?? defaultProvider);
  const upstream = routing.upstreams.find(({ name }) => name === route.upstream);
  return {
    request,
    outcome: decision.outcome,
    ...(decision.status === undefined ? {} : { status: decision.status }),
    because: [...because, ...decision.because],
    route: { id: route.id, pattern: entry?.pattern.text ?? '', methods: entry?.methods ?? [], index, considered },
    ...(upstream
      ? {
          upstream: {
            name: upstream.name,
            balance: upstream.balance,
            targets: upstream.targets.map(({ origin }) => origin),
          },
        }
      : {}),
    sends: { request: `${method} ${upstreamTarget(read, route.stripPrefix)}`, identity: identityOf(route) },
    limits: { ...route.timeouts, bodyBytes: route.bodyLimitBytes, retries: route.retries },
    onStoreDown:
      route.onStoreDown.kind === 'deny'
        ? 'deny'
        : `stale, decisions of at most ${route.onStoreDown.staleMs / 1_000} s ago`,
  };
}

interface Decision {
  readonly outcome: Explanation['outcome'];
  readonly status?: number;
  readonly because: readonly string[];
}

function whoMayPass(route: Route, method: string, cookie: boolean, provider: string | undefined): Decision {
  const { access } = route;
  const bearer =
    route.acceptBearer && !cookie
      ? ['An Authorization: Bearer of the client is passed on untouched, for the upstream to check.']
      : [];
  if (access.kind === 'none') return { outcome: 'forwarded', because: ['Everybody may pass.', ...bearer] };
  const place = provider === undefined ? 'where the person chooses to' : `at ${provider}`;
  const signIn = `A page is sent to sign in ${place}; anything else gets 401 with the address to do so.`;
  if (!cookie)
    return {
      outcome: 'sign-in',
      status: 401,
      because: ['A session is needed, and there is no cookie.', signIn, ...bearer],
    };
  const asked = [
    ...(access.anyRole.length > 0 ? [`one of the roles ${access.anyRole.join(', ')}`] : []),
    ...(access.allRoles.length > 0 ? [`the roles ${access.allRoles.join(' and ')}`] : []),
  ];
  const recent = [
    ...(access.maxAuthAgeMs === undefined ? [] : [`a sign-in of at most ${access.maxAuthAgeMs / 1_000} s ago`]),
    ...(access.acr === undefined ? [] : ['a sign-in as strong as acr says']),
  ];
  const because = [
    `The cookie must belong to a live session${asked.length > 0 ? ` with ${asked.join(' and ')}; without, 403` : ''}.`,
    ...(recent.length > 0 ? [`It takes ${recent.join(' and ')}; a page is sent to sign in again.`] : []),
    ...(route.csrf && !isSafeMethod(method)
      ? ['Our own pages must have sent it (Sec-Fetch-Site, Origin or X-CSRF: 1); otherwise 403.']
      : []),
  ];
  return { outcome: 'depends', because };
}

function identityOf({ identity }: Route): string[] {
  switch (identity.kind) {
    case 'token':
      return ['authorization: Bearer <access token of the auth service>'];
    case 'headers':
      return ['x-auth-user', 'x-auth-roles', 'x-auth-session'];
    case 'provider-token':
      return [`authorization: Bearer <access token of the provider, where it is for ${identity.audience}>`];
    case 'none':
      return [];
  }
}

/** Patterns that take the path, whatever the method; the deciding one first. */
function consideredFor(table: GatewaySettings['routing']['table'], path: string): string[] {
  if (!(table instanceof CompiledRouteTable)) return [];
  const literal = parsePattern(withoutParameters(path).replaceAll('*', '%2A'));
  if (!literal.ok) return [];
  const taking = table.entries
    .map(({ pattern }) => pattern)
    .filter((pattern) => intersection(pattern, literal.pattern));
  const narrowFirst = [...taking].sort((a, b) => (intersection(a, b)?.text === intersection(a, a)?.text ? -1 : 1));
  return [...new Set(narrowFirst.map(({ text }) => text))];
}

function entryAt(table: GatewaySettings['routing']['table'], index: number): RouteEntry | undefined {
  return table instanceof CompiledRouteTable ? table.entries[index] : undefined;
}
