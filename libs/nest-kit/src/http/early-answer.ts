import type { AppError } from '@gatehouse/failures';
import type { Metrics } from '@gatehouse/observability';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { prefersProblemDetails, PROBLEM_JSON, problemDetails } from '../errors/problem-details.js';
import { toProblem } from '../errors/to-problem.js';
import type { Drain } from './drain.js';

/**
 * Asked of every request before the framework wakes for it: to route a request, to run its hooks and to make an answer costs ten
 * times what it takes to say no, and in a rush that is what the others wait for.
 */
export interface EarlyRefusal {
  /**
   * Called for each request, so it has to be cheap.
   *
   * @param path - of the request target, without its query
   * @returns what to refuse the request with; `undefined` lets it in, to whatever the framework makes of it.
   */
  refuse(request: IncomingMessage, path: string): AppError | undefined;
}

/** What answers of the framework say beside it; a test holds the two together. */
const STANDING_HEADERS = [
  'cache-control',
  'no-store',
  'content-security-policy',
  "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy',
  'same-origin',
  'cross-origin-resource-policy',
  'same-origin',
  'origin-agent-cluster',
  '?1',
  'referrer-policy',
  'no-referrer',
  'strict-transport-security',
  'max-age=31536000; includeSubDomains',
  'vary',
  'Accept',
  'x-content-type-options',
  'nosniff',
  'x-dns-prefetch-control',
  'off',
  'x-download-options',
  'noopen',
  'x-frame-options',
  'SAMEORIGIN',
  'x-permitted-cross-domain-policies',
  'none',
  'x-xss-protection',
  '0',
];

/** What a server of Fastify's own making would have been given. */
export interface ServerTimes {
  readonly keepAliveTimeout: number;
  readonly requestTimeout: number;
}

/** A server whose requests are looked at before they reach `handler`. */
export function createEarlyServer(
  handler: RequestListener,
  options: ServerOptions & ServerTimes,
  early: EarlyRefusal,
  facts: {
    readonly metrics: Metrics;
    readonly drain: Drain;
    readonly requestName: (request: IncomingMessage) => string;
  },
): Server {
  return createServer(options, (request, response) => {
    const { method = '', url = '' } = request;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const error = early.refuse(request, path);
    if (!error) return handler(request, response);
    const requestId = facts.requestName(request);
    const { status, body, headers } = toProblem(error, requestId);
    const asProblem = prefersProblemDetails(request.headers.accept);
    const text = JSON.stringify(asProblem ? problemDetails(status, body) : body);
    const lines = [...STANDING_HEADERS, 'x-request-id', requestId, ...Object.entries(headers).flat()];
    lines.push('content-type', `${asProblem ? PROBLEM_JSON : 'application/json'}; charset=utf-8`);
    lines.push('content-length', String(Buffer.byteLength(text)));
    if (facts.drain.started) lines.push('connection', 'close');
    response.writeHead(status, lines).end(text);
    // The time it took is below the finest bucket. The path is a route's: only those are refused.
    facts.metrics.httpDuration.observe({ method, route: path, status: String(status) }, 0);
  });
}
