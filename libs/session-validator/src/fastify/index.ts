/**
 * Fastify 5: hooks that set `request.principal` or answer.
 *
 * @module
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import {
  admit,
  lacksFreshSignIn,
  lacksRole,
  lacksScope,
  soundRule,
  type AccessRule,
  type AuthOptions,
  type OptionalAuthOptions,
  type Outcome,
} from '../http/access.js';
import { Answer } from '../http/answer.js';
import { soundFreshOptions, soundScopes, type FreshOptions } from '../http/rules.js';

export { closeOnRevoked, type CloseOptions } from '../http/close-on-revoked.js';
export type { AuthOptions, OptionalAuthOptions } from '../http/access.js';
export type { FreshOptions } from '../http/rules.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by `requireAuth` and, when a token was sent, by `optionalAuth`. */
    principal?: Principal | undefined;
  }
}

/** A hook for `onRequest` (before the body is read) or any later one. */
export type AuthHook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** Lets only requests with a good token pass, and those only whom the options let in. */
export function requireAuth(validator: SessionValidator, options: AuthOptions = {}): AuthHook {
  return authHook(validator, { ...options, optional: false });
}

/** Lets requests without a token pass too. One that is sent must be good. */
export function optionalAuth(validator: SessionValidator, options: OptionalAuthOptions = {}): AuthHook {
  return authHook(validator, { ...options, optional: true });
}

/** After `requireAuth`: one of these roles is needed. */
export function requireRoles(...roles: string[]): AuthHook {
  return ruleHook((principal) => lacksRole(principal, roles));
}

/** After `requireAuth`: all of these scopes are needed. */
export function requireScopes(...scopes: string[]): AuthHook {
  soundScopes(scopes);
  return ruleHook((principal) => lacksScope(principal, scopes));
}

/** After `requireAuth`: a recent or strong enough sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
export function requireFresh(options: FreshOptions): AuthHook {
  soundFreshOptions(options);
  return ruleHook((principal) => lacksFreshSignIn(principal, options));
}

function authHook(validator: SessionValidator, rule: AccessRule): AuthHook {
  soundRule(rule);
  return (request, reply, done) => {
    const settle = (outcome: Outcome) => {
      if (outcome instanceof Answer) {
        send(reply, outcome);
        return;
      }
      request.principal = outcome;
      done();
    };
    const outcome = admit(validator, request.raw, rule, validator.countsRequests ? request.ip : undefined);
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
