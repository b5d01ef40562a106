import type { Route, RouteTable } from '../src/routes/route.js';

const SESSION = { kind: 'session', anyRole: [], allRoles: [] } as const;

/** A route for signed-in people that says everything a route says; a test names what it is about. */
export function aRoute(given: Partial<Route> & Pick<Route, 'id'>): Route {
  return {
    upstream: 'orders',
    access: SESSION,
    identity: { kind: 'token' },
    ...{ acceptBearer: false, csrf: true, webSocket: false, webSocketOrigins: [] },
    timeouts: { connectMs: 1_000, headersMs: 5_000, idleMs: 5_000 },
    ...{ bodyLimitBytes: 1_000_000, retries: 0 },
    onStoreDown: { kind: 'deny' },
    ...given,
  };
}

/** Routes by the beginning of their path, as `id` has it after the method; the first that fits. */
export function aTable(...routes: readonly Route[]): RouteTable {
  const partsOf = ({ id }: Route) => id.split(' ') as [method: string, prefix: string];
  return {
    routes,
    match: (method, path) => {
      const onPath = routes.filter((route) => path.startsWith(partsOf(route)[1]));
      const route = onPath.find((one) => ['ANY', method].includes(partsOf(one)[0]));
      if (route) return { kind: 'matched', route };
      return onPath.length > 0
        ? { kind: 'method-not-allowed', allow: onPath.map((one) => partsOf(one)[0]) }
        : { kind: 'unknown' };
    },
  };
}
