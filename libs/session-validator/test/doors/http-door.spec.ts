import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AccessRule } from '../../src/http/access.js';
import { admitRequest, closeOnRevoked, optionalAuth, requireAuth, sendAnswer } from '../../src/http/index.js';
import type { Principal } from '../../src/index.js';
import { describeDoor, FAREWELL, ROUTES, type RunningDoor } from './door.conformance.js';
import type { DoorRig } from './door-rig.js';

type Serve = (response: ServerResponse, principal: Principal | undefined) => void;
type ListenerOf = (rig: DoorRig, rule: AccessRule, serve: Serve) => RequestListener;

const byListener: ListenerOf = ({ validator }, rule, serve) =>
  rule.optional
    ? optionalAuth(validator, (_request, response, principal) => serve(response, principal), rule)
    : requireAuth(validator, (_request, response, principal) => serve(response, principal), rule);

const byValue: ListenerOf =
  ({ validator }, rule, serve) =>
  (request, response) => {
    void admitRequest(validator, request, rule).then((admission) => {
      if (admission.ok) serve(response, admission.principal);
      else sendAnswer(response, admission.answer);
    });
  };

const doorOf =
  (listenerOf: ListenerOf) =>
  async (rig: DoorRig): Promise<RunningDoor> => {
    const answer: Serve = (response, principal) => response.end(JSON.stringify({ principal: principal ?? null }));
    const listeners = new Map(Object.entries(ROUTES).map(([path, rule]) => [path, listenerOf(rig, rule, answer)]));
    listeners.set(
      '/stream',
      listenerOf(rig, {}, (response, principal) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        if (principal) closeOnRevoked(rig.validator, principal, response, { farewell: FAREWELL });
      }),
    );
    listeners.set(
      '/slow',
      listenerOf(rig, {}, (response, principal) => {
        if (principal) closeOnRevoked(rig.validator, principal, response);
      }),
    );
    const server = createServer((request, response) => {
      const listener = listeners.get(new URL(request.url ?? '/', 'http://x').pathname);
      if (listener) listener(request, response);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    };
    return { port: (server.address() as AddressInfo).port, close };
  };

describeDoor('plain HTTP', doorOf(byListener));
describeDoor('plain HTTP, by value,', doorOf(byValue));
