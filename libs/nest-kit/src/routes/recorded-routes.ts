import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** A route the server really has. */
export interface Route {
  readonly method: string;
  /** Pattern, with parameters as `:name`. */
  readonly path: string;
}

/** `public`: no token is looked at. `optional`: one is used if sent. `guarded`: one is needed. `outside`: not a controller's. */
export type RouteAccess = 'public' | 'optional' | 'guarded' | 'outside';

const recorded = new WeakMap<FastifyInstance, Route[]>();

/** Notes each route as it is registered; must run before any is. */
export function recordRoutes(fastify: FastifyInstance): void {
  const routes: Route[] = [];
  recorded.set(fastify, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.push({ method: one, path: url });
  });
}

/**
 * Every route of a started app with who may use it, read from the controllers. A route that no controller has, such as a
 * page of documentation, is `outside`: no guard runs there, so a test should name each.
 *
 * @param accessKey - metadata key under which the access guard looks for `public` or `optional`
 */
export function listRoutes(app: INestApplication, accessKey: string): (Route & { readonly access: RouteAccess })[] {
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  const handlers = controllerRoutes(app);
  const reflector = new Reflector();
  return (recorded.get(fastify) ?? [])
    .map((route) => {
      const targets = handlers.get(`${route.method} ${route.path}`);
      if (!targets) return { ...route, access: 'outside' as const };
      const marked = reflector.getAllAndOverride<unknown>(accessKey, targets);
      const access: RouteAccess = marked === 'public' || marked === 'optional' ? marked : 'guarded';
      return { ...route, access };
    })
    .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`));
}

type Targets = [method: (...args: never[]) => unknown, controller: new (...args: never[]) => unknown];

/** `METHOD /path` to the method and class that serve it. */
function controllerRoutes(app: INestApplication): Map<string, Targets> {
  const discovery = new DiscoveryService(app.get(ModulesContainer));
  const scanner = new MetadataScanner();
  const found = new Map<string, Targets>();
  for (const { instance, metatype } of discovery.getControllers()) {
    if (!metatype || typeof metatype !== 'function') continue;
    const prototype = Object.getPrototypeOf(instance as object) as Record<string, Targets[0]>;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      if (!handler) continue;
      const verb: unknown = Reflect.getMetadata('method', handler);
      if (typeof verb !== 'number') continue;
      for (const path of pathsOf(metatype, handler)) {
        found.set(`${VERBS[verb]} ${path}`, [handler, metatype as Targets[1]]);
      }
    }
  }
  return found;
}

/** In the order of Nest's `RequestMethod`. */
const VERBS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'ALL', 'OPTIONS', 'HEAD', 'SEARCH'];

function pathsOf(controller: object, handler: object): string[] {
  const parts = (target: object) => [Reflect.getMetadata('path', target) as string | string[] | undefined].flat();
  return parts(controller).flatMap((prefix) =>
    parts(handler).map(
      (own) =>
        `/${[prefix, own]
          .map((part) => (part ?? '').replace(/^\/|\/$/g, ''))
          .filter(Boolean)
          .join('/')}`,
    ),
  );
}
