import type { SessionValidator } from '../core/session-validator.js';
import type { Freshness, Principal, Verdict } from '../core/verdict.js';
import { Answer, answerTo, forbidden, malformedCredentials, nobody, stepUpRequired } from './answer.js';
import { credentialsOrCookie } from './access-cookie.js';
import { bearerToken, MALFORMED, onlyAuthorization, type RequestHead } from './bearer.js';
import { soundFreshness, soundFreshOptions, soundScopes, type FreshOptions } from './rules.js';

/** What a route that lets anybody in may still say. */
export interface OptionalAuthOptions {
  /** How stale the list of revocations may be on this route. @default the validator's own */
  readonly freshness?: Freshness | undefined;
  /**
   * Lets service accounts in too; `principal.serviceAccountId` then tells who asks, and `principal.userId` throws for them.
   * Elsewhere their tokens are refused with `TOKEN_INVALID`. @default false
   */
  readonly serviceAccounts?: boolean | undefined;
}

/** What a route asks for beyond a good token. */
export interface AuthOptions extends OptionalAuthOptions {
  /** One of these is needed; an empty list lets nobody in. */
  readonly roles?: readonly string[] | undefined;
  /** All of these are needed. */
  readonly scopes?: readonly string[] | undefined;
  /** A recent or strong enough sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
  readonly fresh?: FreshOptions | undefined;
}

/** A route's whole rule. */
export interface AccessRule extends AuthOptions {
  /** A request without a token is let in too, as nobody; unless the rule asks for something only somebody can have. */
  readonly optional?: boolean | undefined;
}

/** Who asks; `undefined` for nobody, which only an optional route accepts; or the answer to refuse with. */
export type Outcome = Principal | undefined | Answer;

/** What was sent as credentials: a token, the empty string for none, or something no token can be told from. */
export type Credentials = string | typeof MALFORMED;

/** The rule, once it has been found to make sense. */
export function soundRule<R extends AccessRule>(rule: R): R {
  if (rule.scopes) soundScopes(rule.scopes);
  if (rule.fresh) soundFreshOptions(rule.fresh);
  if (rule.freshness !== undefined) soundFreshness(rule.freshness);
  return rule;
}

/**
 * Finds out who asks, and whether the rule lets them.
 *
 * @param ipAddress - from where they ask, as the framework sees it
 */
export function admit(
  validator: SessionValidator,
  request: RequestHead,
  rule: AccessRule,
  ipAddress: string | undefined,
): Outcome | Promise<Outcome> {
  const { accessCookie } = validator;
  if (!accessCookie) {
    const header = onlyAuthorization(request);
    const known = header && validator.recall(header, rule, ipAddress);
    if (known) return outcomeOf(known, rule);
    return admitCredentials(validator, bearerToken(request), rule, ipAddress, header);
  }
  const credentials = credentialsOrCookie(request, accessCookie);
  return credentials instanceof Answer ? credentials : admitCredentials(validator, credentials, rule, ipAddress);
}

/**
 * {@link admit} for credentials already found. A token that was sent must be good, on optional routes too: a client that
 * believes to be signed in should learn that it is not.
 *
 * @param header - the header value they came in, where it is the only one
 */
export function admitCredentials(
  validator: SessionValidator,
  credentials: Credentials,
  rule: AccessRule,
  ipAddress: string | undefined,
  header?: string,
): Outcome | Promise<Outcome> {
  if (credentials === MALFORMED) return malformedCredentials();
  if (credentials === '' && rule.optional) return broken(rule, undefined);
  const verdict = validator.decide(credentials, rule, ipAddress, header);
  return verdict instanceof Promise ? verdict.then((late) => outcomeOf(late, rule)) : outcomeOf(verdict, rule);
}

/** The answer to somebody the rule does not let in. Only what it asks for beyond a token: that was judged before. */
export function broken(rule: AuthOptions, principal: Principal | undefined): Answer | undefined {
  const { roles, scopes, fresh } = rule;
  // Messages of a connection come here without their token being judged again.
  if (principal?.serviceAccountId !== undefined && rule.serviceAccounts !== true) return forbidden();
  return (
    (roles && lacksRole(principal, roles)) ??
    (scopes && lacksScope(principal, scopes)) ??
    (fresh && lacksFreshSignIn(principal, fresh))
  );
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

/** Both parts are told when one is missing: whoever signs in again should have to do so once. */
export function lacksFreshSignIn(principal: Principal | undefined, options: FreshOptions): Answer | undefined {
  if (!principal) return nobody();
  const { maxAgeSeconds, acrValues } = options;
  const recent = maxAgeSeconds === undefined || Date.now() - principal.authenticatedAtMs <= maxAgeSeconds * 1000;
  const strong = acrValues === undefined || acrValues.includes(principal.acr);
  return recent && strong ? undefined : stepUpRequired(options);
}

function outcomeOf(verdict: Verdict, rule: AccessRule): Outcome {
  if (!verdict.ok) return answerTo(verdict);
  const { principal } = verdict;
  // Most rules ask for nothing beyond the token. Whether a service account will do was judged with it.
  if (!rule.roles && !rule.scopes && !rule.fresh) return principal;
  return broken(rule, principal) ?? principal;
}
