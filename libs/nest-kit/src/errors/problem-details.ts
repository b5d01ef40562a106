import type { ErrorCode, FailureEnvelope } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import Negotiator from 'negotiator';

/** Media type of RFC 9457 §3. */
export const PROBLEM_JSON = 'application/problem+json';

/** A failure in the form of RFC 9457 §3.1, our own members behind the standard ones. */
export interface ProblemDetails {
  /** `urn:gatehouse:problem:` and the code: a name to match on, not an address. */
  readonly type: string;
  /** The same for every problem of this type. */
  readonly title: string;
  readonly status: number;
  /** What happened this time, where there is more to say than the title. */
  readonly detail?: string;
  readonly code: ErrorCode;
  readonly details?: unknown;
  readonly request_id?: string;
  /** Seconds until a retry can succeed. */
  readonly retry_after?: number;
}

/**
 * Whether the client asked for problem details. Only by name: a wildcard is no wish, and clients that know the envelope send it.
 *
 * @param accept - the header as it came (RFC 9110 §12.5.1)
 */
export function prefersProblemDetails(accept: string | undefined): boolean {
  if (!accept?.includes(PROBLEM_JSON)) return false;
  return new Negotiator({ headers: { accept } }).mediaType([PROBLEM_JSON, 'application/json']) === PROBLEM_JSON;
}

export function problemDetails(status: number, { error }: FailureEnvelope): ProblemDetails {
  const { code, message, ...more } = error;
  const title = PROBLEMS[code].sentence;
  return {
    type: `urn:gatehouse:problem:${code}`,
    title,
    status,
    ...(message === title ? {} : { detail: message }),
    code,
    ...more,
  };
}
