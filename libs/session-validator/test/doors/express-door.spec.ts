import express from 'express';
import type { RequestHandler } from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  closeOnRevoked,
  optionalAuth,
  requireAuth,
  requireFresh,
  requireRoles,
  requireScopes,
} from '../../src/express/index.js';
import type { AccessRule } from '../../src/http/access.js';
import { describeDoor, FAREWELL, ROUTES, type RunningDoor } from './door.conformance.js';
import type { DoorRig } from './door-rig.js';

type HandlersOf = (rig: DoorRig, rule: AccessRule) => RequestHandler[];

const inOne: HandlersOf = ({ validator }, rule) => [
  rule.optional ? optionalAuth(validator, rule) : requireAuth(validator, rule),
];

const oneByOne: HandlersOf = ({ validator }, { optional, roles, scopes, fresh, ...first }) => [
  optional ? optionalAuth(validator, first) : requireAuth(validator, first),
  ...(roles ? [requireRoles(...roles)] : []),
  ...(scopes ? [requireScopes(...scopes)] : []),
  ...(fresh ? [requireFresh(fresh)] : []),
];

const doorOf =
  (handlersOf: HandlersOf) =>
  async (rig: DoorRig): Promise<RunningDoor> => {
    const app = express();
    for (const [path, rule] of Object.entries(ROUTES)) {
      app.all(path, ...handlersOf(rig, rule), (request, response) => {
        response.json({ principal: request.principal ?? null });
      });
    }
    app.get('/stream', requireAuth(rig.validator), ({ principal }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      if (principal) closeOnRevoked(rig.validator, principal, response, { farewell: FAREWELL });
    });
    app.get('/slow', requireAuth(rig.validator), ({ principal }, response) => {
      if (principal) closeOnRevoked(rig.validator, principal, response);
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    };
    return { port: (server.address() as AddressInfo).port, close };
  };

describeDoor('Express 5', doorOf(inOne));
describeDoor('Express 5, handler after handler,', doorOf(oneByOne));

it('refuses a rule that makes no sense where it is written', () => {
  expect(() => requireScopes('a b')).toThrow(TypeError);
  expect(() => requireScopes('a"')).toThrow(TypeError);
  expect(() => requireFresh({})).toThrow(TypeError);
  expect(() => requireFresh({ maxAgeSeconds: NaN })).toThrow(TypeError);
  expect(() => requireFresh({ maxAgeSeconds: -1 })).toThrow(TypeError);
  expect(() => requireFresh({ acrValues: [] })).toThrow(TypeError);
  expect(() => requireFresh({ acrValues: ['x" y'] })).toThrow(TypeError);
});
