import type { ErrorCode } from '@gatehouse/contracts';
import { refused, type Refused } from '../core/verdict.js';
import type { FreshOptions } from './rules.js';

/** A refusal as HTTP: the same on every framework. */
export class Answer {
  /** The error envelope that all services share. */
  readonly body: { readonly success: false; readonly error: { readonly code: ErrorCode; readonly message: string } };

  constructor(
    /** 400, 401, 403 or 503. */
    readonly status: number,
    code: ErrorCode,
    message: string,
    /** `www-authenticate` (RFC 6750 §3) or `retry-after`. */
    readonly headers: Readonly<Record<string, string>>,
  ) {
    this.body = { success: false, error: { code, message } };
  }
}

/** Starts every challenge: the scheme alone is none (RFC 6750 §3). */
const BEARER = 'Bearer realm="gatehouse"';

/** No error code for a request without credentials (RFC 6750 §3.1). One for all: what strangers ask for costs no new text. */
const BARE_CHALLENGE = Object.freeze({ 'www-authenticate': BEARER });

/** Seconds after which a refusal for staleness is worth another try: the writer beats once a second. */
const RETRY_AFTER_SECONDS = 1;

export function answerTo({ reason, message }: Refused): Answer {
  // Not knowing is our fault, not the caller's: a 401 would sign people out.
  if (reason === 'FEED_STALE') return new Answer(503, reason, message, { 'retry-after': String(RETRY_AFTER_SECONDS) });
  if (reason === 'TOKEN_MISSING') return new Answer(401, reason, message, BARE_CHALLENGE);
  return new Answer(401, reason, message, challenge({ error: 'invalid_token', error_description: reason }));
}

/** No token where one is needed. */
export function nobody(): Answer {
  return answerTo(refused('TOKEN_MISSING', 'Sign in to use this.'));
}

export function feedStale(): Answer {
  const message = 'It cannot be told right now whether the session still stands; try again in a moment.';
  return answerTo(refused('FEED_STALE', message));
}

export function malformedCredentials(message = 'Send one access token, in one Authorization header.'): Answer {
  return new Answer(400, 'VALIDATION_ERROR', message, challenge({ error: 'invalid_request' }));
}

/** The cookie came along with a request of somebody else's page. */
export function csrfFailed(): Answer {
  return new Answer(403, 'CSRF_FAILED', 'This did not come from a page that may do it.', {});
}

/** @param scopes - named in the challenge, so that a client knows what to ask for */
export function forbidden(scopes: readonly string[] = []): Answer {
  const scope: Record<string, string> = scopes.length > 0 ? { scope: scopes.join(' ') } : {};
  return new Answer(403, 'FORBIDDEN', 'You may not do this.', challenge({ error: 'insufficient_scope', ...scope }));
}

/** RFC 9470 §3: the challenge names what the next sign-in must bring, and the client asks the auth service for that. */
export function stepUpRequired({ maxAgeSeconds, acrValues }: FreshOptions): Answer {
  const kind = acrValues ? 'a stronger sign-in' : 'a sign-in';
  const age = maxAgeSeconds === undefined ? '' : ` within the last ${maxAgeSeconds} seconds`;
  const parts: Record<string, string> = {
    error: 'insufficient_user_authentication',
    error_description: 'STEP_UP_REQUIRED',
    ...(acrValues ? { acr_values: acrValues.join(' ') } : {}),
    ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
  };
  return new Answer(403, 'STEP_UP_REQUIRED', `Sign in again to do this: it needs ${kind}${age}.`, challenge(parts));
}

/** Values are ours: codes, numbers, scopes and levels, which were found to hold no quote when the rule was made. */
function challenge(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const list = Object.entries(parameters).map(([name, value]) => `, ${name}="${value}"`);
  return { 'www-authenticate': BEARER + list.join('') };
}
