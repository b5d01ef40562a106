import type { SessionValidator } from '../core/session-validator.js';
import { refused, type Freshness, type Principal, type Verdict } from '../core/verdict.js';
import { Answer, answerTo, forbidden, malformedCredentials, stepUpRequired } from './answer.js';
import { bearerToken, MALFORMED, type RequestHead } from './bearer.js';

export interface AuthOptions {
  /** How stale the list of revocations may be on this route. @default the validator's own */
  readonly freshness?: Freshness | undefined;
}

export interface FreshOptions {
  /** How long ago the person may have last proved who they are, in seconds. */
  readonly maxAgeSeconds: number;
}

/** Who asks; `undefined` for nobody, which only an optional route accepts; or the answer to refuse with. */
export type Outcome = Principal | undefined | Answer;

/**
 * Finds out who asks. A token that was sent must be good, on optional routes too: a client that believes to be signed in
 * should learn that it is not.
 */
export function authenticate(
  validator: SessionValidator,
  request: RequestHead,
  optional: boolean,
  options: AuthOptions | undefined,
): Outcome | Promise<Outcome> {
  const token = bearerToken(request);
  if (token === MALFORMED) return malformedCredentials();
  if (token === '' && optional) return undefined;
  const verdict = validator.decide(token, options);
  return verdict instanceof Promise ? verdict.then(outcomeOf) : outcomeOf(verdict);
}

/** One of the roles is enough. */
export function lacksRole(principal: Principal | undefined, roles: readonly string[]): Answer | undefined {
  if (!principal) return nobody();
  return roles.some((role) => principal.roles.includes(role)) ? undefined : forbidden();
}

/** All of the scopes are needed. */
export function lacksScope(principal: Principal | undefined, scopes: readonly string[]): Answer | undefined {
  if (!principal) return nobody();
  return scopes.every((scope) => principal.scopes.includes(scope)) ? undefined : forbidden(scopes);
}

export function lacksFreshSignIn(
  principal: Principal | undefined,
  { maxAgeSeconds }: FreshOptions,
): Answer | undefined {
  if (!principal) return nobody();
  const ageMs = Date.now() - principal.authenticatedAtMs;
  return ageMs <= maxAgeSeconds * 1000 ? undefined : stepUpRequired(maxAgeSeconds);
}

function outcomeOf(verdict: Verdict): Outcome {
  return verdict.ok ? verdict.principal : answerTo(verdict);
}

function nobody(): Answer {
  return answerTo(refused('TOKEN_MISSING', 'Sign in to use this.'));
}
