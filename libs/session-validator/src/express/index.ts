import type { Request, RequestHandler, Response } from 'express';
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

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the one way Express lets a request be extended
  namespace Express {
    interface Request {
      /** Who asks; set by `requireAuth` and, when a token was sent, by `optionalAuth`. */
      principal?: Principal | undefined;
    }
  }
}

/** Lets only requests with a good token pass. */
export function requireAuth(validator: SessionValidator, options?: AuthOptions): RequestHandler {
  return authHandler(validator, false, options);
}

/** Lets requests without a token pass too. One that is sent must be good. */
export function optionalAuth(validator: SessionValidator, options?: AuthOptions): RequestHandler {
  return authHandler(validator, true, options);
}

/** After `requireAuth`: one of these roles is needed. */
export function requireRoles(...roles: string[]): RequestHandler {
  return ruleHandler((principal) => lacksRole(principal, roles));
}

/** After `requireAuth`: all of these scopes are needed. */
export function requireScopes(...scopes: string[]): RequestHandler {
  return ruleHandler((principal) => lacksScope(principal, scopes));
}

/** After `requireAuth`: a recent sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
export function requireFresh(options: FreshOptions): RequestHandler {
  return ruleHandler((principal) => lacksFreshSignIn(principal, options));
}

function authHandler(validator: SessionValidator, optional: boolean, options?: AuthOptions): RequestHandler {
  return (request, response, next) => {
    const settle = (outcome: Outcome) => {
      if (outcome instanceof Answer) {
        send(response, outcome);
        return;
      }
      request.principal = outcome;
      next();
    };
    const outcome = authenticate(validator, request, optional, options);
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
