import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyFacts } from '../streams/body-facts.js';
import { closeGently } from './close-gently.js';

/** What a failure tells besides its code. */
export interface ProblemFacts {
  readonly requestId: string;
  readonly retryAfterSeconds?: number | undefined;
  /** Address to sign in at, for whoever can show it to a person. */
  readonly login?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** What every answer of our own says, besides its policy. */
export const PLAIN_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

const SEALED_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Answers with problem details (RFC 9457), whoever fails: the front door or an upstream. The members that clients of our other services read are there too, as extensions: one
 * who looks for `error.code` finds it.
 */
export function answerProblem(
  request: IncomingMessage,
  response: ServerResponse,
  code: ErrorCode,
  { requestId, retryAfterSeconds, login, headers }: ProblemFacts,
): void {
  const { status, sentence } = PROBLEMS[code];
  const more = {
    request_id: requestId,
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  };
  const body = {
    ...{ type: `urn:gatehouse:problem:${code}`, title: sentence, status, code, ...more },
    ...(login === undefined ? {} : { login }),
    ...{ success: false, error: { code, message: sentence, ...more } },
  };
  answer(request, response, status, 'application/problem+json', JSON.stringify(body), {
    'content-security-policy': SEALED_POLICY,
    'x-request-id': requestId,
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...headers,
  });
}

/** Sends an answer of our own, and lets go of a request body that nobody is going to read. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries({ ...PLAIN_HEADERS, ...headers })) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  // Node would read the rest of the body to keep the connection, gigabytes of it if need be.
  if (!request.complete && bodyFacts(request).kind !== 'none') {
    response.setHeader('connection', 'close');
    closeGently(request);
  }
  response.end(request.method === 'HEAD' ? undefined : body);
}
