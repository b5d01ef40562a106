import fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import {
  closeOnRevoked,
  optionalAuth,
  requireAuth,
  requireFresh,
  requireRoles,
  requireScopes,
  type AuthHook,
} from '../../src/fastify/index.js';
import type { AccessRule } from '../../src/http/access.js';
import { describeDoor, FAREWELL, ROUTES, type RunningDoor } from './door.conformance.js';
import type { DoorRig } from './door-rig.js';

type HooksOf = (rig: DoorRig, rule: AccessRule) => AuthHook[];

const inOne: HooksOf = ({ validator }, rule) => [
  rule.optional ? optionalAuth(validator, rule) : requireAuth(validator, rule),
];

const oneByOne: HooksOf = ({ validator }, { optional, roles, scopes, fresh, ...first }) => [
  optional ? optionalAuth(validator, first) : requireAuth(validator, first),
  ...(roles ? [requireRoles(...roles)] : []),
  ...(scopes ? [requireScopes(...scopes)] : []),
  ...(fresh ? [requireFresh(fresh)] : []),
];

const doorOf =
  (hooksOf: HooksOf) =>
  async (rig: DoorRig): Promise<RunningDoor> => {
    const app = fastify({ forceCloseConnections: true });
    for (const [path, rule] of Object.entries(ROUTES)) {
      app.all(path, { onRequest: hooksOf(rig, rule) }, async ({ principal }) => ({ principal: principal ?? null }));
    }
    const onRequest = requireAuth(rig.validator);
    app.get('/stream', { onRequest }, ({ principal }, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      if (principal) closeOnRevoked(rig.validator, principal, reply.raw, { farewell: FAREWELL });
    });
    app.get('/slow', { onRequest }, ({ principal }, reply) => {
      reply.hijack();
      if (principal) closeOnRevoked(rig.validator, principal, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  };

describeDoor('Fastify 5', doorOf(inOne));
describeDoor('Fastify 5, hook after hook,', doorOf(oneByOne));
