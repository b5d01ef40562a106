import { RouteConfig } from '@nestjs/platform-fastify';

/** Put on every route that hashes a password: under a rush it is refused at the door, before its body is read. */
export function HashesPassword() {
  return RouteConfig({ hashesPassword: true });
}

/** Whether the route a request goes to carries {@link HashesPassword}. */
export function hashesPassword(routeConfig: object | undefined): boolean {
  return (routeConfig as { hashesPassword?: unknown } | undefined)?.hashesPassword === true;
}
