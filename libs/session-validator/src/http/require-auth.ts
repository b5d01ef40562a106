import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import {
  admit,
  soundRule,
  type AccessRule,
  type AuthOptions,
  type OptionalAuthOptions,
  type Outcome,
} from './access.js';
import { Answer } from './answer.js';
import { sendAnswer } from './node-answer.js';
import { addressOf } from './peer-address.js';

/** A request listener that is told who asks. What it throws is its own affair, as with Node's; what it returns is ignored. */
export type AuthenticatedListener<Who> = (
  request: IncomingMessage,
  response: ServerResponse,
  principal: Who,
) => unknown;

/** A refusal is a value: answer with it, through {@link sendAnswer} or by hand. */
export type Admission =
  { readonly ok: true; readonly principal: Principal | undefined } | { readonly ok: false; readonly answer: Answer };

/** Hands on only requests with a good token; the others are answered. */
export function requireAuth(
  validator: SessionValidator,
  listener: AuthenticatedListener<Principal>,
  options: AuthOptions = {},
): RequestListener {
  // Without `optional`, an outcome that is no answer is somebody.
  return guarded(validator, listener as AuthenticatedListener<Principal | undefined>, { ...options, optional: false });
}

/** Hands on requests without a token too, as nobody. One that is sent must be good. */
export function optionalAuth(
  validator: SessionValidator,
  listener: AuthenticatedListener<Principal | undefined>,
  options: OptionalAuthOptions = {},
): RequestListener {
  return guarded(validator, listener, { ...options, optional: true });
}

/**
 * Who sends this request, for servers that choose the rule themselves, after routing for example. Nothing is answered.
 *
 * @throws {TypeError} for a rule that makes no sense; never for a request.
 */
export async function admitRequest(
  validator: SessionValidator,
  request: IncomingMessage,
  rule: AccessRule = {},
): Promise<Admission> {
  const outcome = await admit(validator, request, soundRule(rule), addressOf(validator, request));
  return outcome instanceof Answer ? { ok: false, answer: outcome } : { ok: true, principal: outcome };
}

function guarded(
  validator: SessionValidator,
  listener: AuthenticatedListener<Principal | undefined>,
  rule: AccessRule,
): RequestListener {
  soundRule(rule);
  return (request, response) => {
    const settle = (outcome: Outcome) => {
      // Somebody else answered while the key was being read; a second answer would throw where nobody catches it.
      if (response.headersSent) return;
      if (outcome instanceof Answer) sendAnswer(response, outcome);
      else void listener(request, response, outcome);
    };
    const outcome = admit(validator, request, rule, addressOf(validator, request));
    if (outcome instanceof Promise) void outcome.then(settle);
    else settle(outcome);
  };
}
