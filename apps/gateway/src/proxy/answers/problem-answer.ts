import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeHead } from './write-head.js';

export interface ProblemFacts {
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly retryAfterSeconds?: number;
  /** Name, value pairs to send beside ours, e.g. a `Set-Cookie` or an `Allow`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Answers with the failure a client of any of our services knows; as problem details (RFC 9457) for one that asks for them by name. */
export function answerProblem(request: IncomingMessage, response: ServerResponse, facts: ProblemFacts): void {
  const { code, requestId, retryAfterSeconds, headers = [] } = facts;
  const { status, sentence } = PROBLEMS[code];
  const more = {
    request_id: requestId,
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  };
  const asDetails = request.headers.accept?.includes(PROBLEM_JSON) ?? false;
  const body = Buffer.from(
    JSON.stringify(
      asDetails
        ? { type: `urn:gatehouse:problem:${code}`, title: sentence, status, code, ...more }
        : { success: false, error: { code, message: sentence, ...more } },
    ),
  );
  const flat = [
    ...['content-type', asDetails ? PROBLEM_JSON : 'application/json; charset=utf-8'],
    ...['content-length', String(body.length), 'cache-control', 'no-store', 'vary', 'Accept'],
    ...['x-content-type-options', 'nosniff', 'content-security-policy', POLICY, 'x-request-id', requestId],
    ...(retryAfterSeconds === undefined ? [] : ['retry-after', String(retryAfterSeconds)]),
    ...headers.flat(),
  ];
  writeHead(response, status, flat);
  response.end(body);
}

const PROBLEM_JSON = 'application/problem+json';
const POLICY = "default-src 'none';frame-ancestors 'none'";
