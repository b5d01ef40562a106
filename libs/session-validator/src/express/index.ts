/**
 * Express 5: middleware that sets `request.principal` or answers.
 *
 * @module
 */
import type { Request, RequestHandler, Response } from 'express';
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

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the one way Express lets a request be extended
  namespace Express {
    interface Request {
      /** Who asks; set by `requireAuth` and, when a token was sent, by `optionalAuth`. */
      principal?: Principal | undefined;
    }
  }
}

/** Lets only requests with a good token pass, and those only whom the options let in. */
export function requireAuth(validator: SessionValidator, options: AuthOptions = {}): RequestHandler {
  return authHandler(validator, { ...options, optional: false });
}

/** Lets requests without a token pass too. One that is sent must be good. */
export function optionalAuth(validator: SessionValidator, options: OptionalAuthOptions = {}): RequestHandler {
  return authHandler(validator, { ...options, optional: true });
}

/** After `requireAuth`: one of these roles is needed. */
export function requireRoles(...roles: string[]): RequestHandler {
  return ruleHandler((principal) => lacksRole(principal, roles));
}

/** After `requireAuth`: all of these scopes are needed. */
export function requireScopes(...scopes: string[]): RequestHandler {
  soundScopes(scopes);
  return ruleHandler((principal) => lacksScope(principal, scopes));
}

/** After `requireAuth`: a recent or strong enough sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
export function requireFresh(options: FreshOptions): RequestHandler {
  soundFreshOptions(options);
  return ruleHandler((principal) => lacksFreshSignIn(principal, options));
}

function authHandler(validator: SessionValidator, rule: AccessRule): RequestHandler {
  soundRule(rule);
  return (request, response, next) => {
    const settle = (outcome: Outcome) => {
      if (outcome instanceof Answer) {
        send(response, outcome);
        return;
      }
      request.principal = outcome;
      next();
    };
    const outcome = admit(validator, request, rule, validator.countsRequests ? request.ip : undefined);
    if (outcome instanceof Promise) outcome.then(settle).catch(next);
    else settle(outcome);
  };
}

function ruleHandler(rule: (principal: Request['principal']) => Answer | undefined): RequestHandler {
  return (request, response, next) => {
    const answer = rule(request.principal);
    if (answer) send(response, answer);
    else next();
  };
}

function send(response: Response, { status, headers, body }: Answer): void {
  response.status(status).set(headers).json(body);
}
