import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import {
  authenticate,
  lacksFreshSignIn,
  lacksRole,
  lacksScope,
  type AuthOptions,
  type FreshOptions,
  type Outcome,
} from '../http/access.js';
import { Answer } from '../http/answer.js';

export { closeOnRevoked, type CloseOptions } from '../http/close-on-revoked.js';
export type { AuthOptions, FreshOptions } from '../http/access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by `requireAuth` and, when a token was sent, by `optionalAuth`. */
    principal?: Principal | undefined;
  }
}

/** A hook for `onRequest` (before the body is read) or any later one. */
export type AuthHook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** Lets only requests with a good token pass. */
export function requireAuth(validator: SessionValidator, options?: AuthOptions): AuthHook {
  return authHook(validator, false, options);
}

/** Lets requests without a token pass too. One that is sent must be good. */
export function optionalAuth(validator: SessionValidator, options?: AuthOptions): AuthHook {
  return authHook(validator, true, options);
}

/** After `requireAuth`: one of these roles is needed. */
export function requireRoles(...roles: string[]): AuthHook {
  return ruleHook((principal) => lacksRole(principal, roles));
}

/** After `requireAuth`: all of these scopes are needed. */
export function requireScopes(...scopes: string[]): AuthHook {
  return ruleHook((principal) => lacksScope(principal, scopes));
}

/** After `requireAuth`: a recent sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
export function requireFresh(options: FreshOptions): AuthHook {
  return ruleHook((principal) => lacksFreshSignIn(principal, options));
}

function authHook(validator: SessionValidator, optional: boolean, options?: AuthOptions): AuthHook {
  return (request, reply, done) => {
    const settle = (outcome: Outcome) => {
      if (outcome instanceof Answer) {
        send(reply, outcome);
        return;
      }
      request.principal = outcome;
      done();
    };
    const outcome = authenticate(validator, request.raw, optional, options);
    if (outcome instanceof Promise) outcome.then(settle).catch(done);
    else settle(outcome);
  };
}

function ruleHook(rule: (principal: FastifyRequest['principal']) => Answer | undefined): AuthHook {
  return (request, reply, done) => {
    const answer = rule(request.principal);
    if (answer) send(reply, answer);
    else done();
  };
}

function send(reply: FastifyReply, { status, headers, body }: Answer): void {
  void reply.code(status).headers(headers).send(body);
}
