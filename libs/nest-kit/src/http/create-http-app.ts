import type { Logger, Metrics, Tracing } from '@gatehouse/observability';
import helmet from '@fastify/helmet';
import { ValidationPipe, type LoggerService, type Type, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestListener } from 'node:http';
import { ProblemFilter } from '../errors/problem.filter.js';
import { toProblem } from '../errors/to-problem.js';
import { ValidationFailed } from '../errors/validation-failed.js';
import { serveDocs, type DocsOptions } from '../openapi/docs.js';
import { recordRoutes } from '../routes/recorded-routes.js';
import { traceRequests } from '../tracing/trace-requests.js';
import { UndeclaredInterceptor } from '../validation/undeclared.interceptor.js';
import type { Drain } from './drain.js';
import { createEarlyServer, type EarlyRefusal } from './early-answer.js';
import { EnvelopeInterceptor } from './envelope.interceptor.js';
import { keepInside, PRIVATE_NETWORKS } from './inside-only.js';
import { endHeadOfStreams } from './head-of-streams.js';
import { acceptJsonObjectsOnly } from './json-body.js';
import { answerOtherMethods } from './other-methods.js';
import { answerParserError, BARE_ANSWER_HEADERS } from './raw-client-error.js';
import { requestNames } from './request-id.js';
import { refuseSecondHeaders } from './single-headers.js';
import { settleToldAddresses } from './told-address.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drain: Drain;
  /** Where requests leave spans. @default nowhere */
  readonly tracing?: Tracing | undefined;
  /** Addresses and networks whose `X-Forwarded-For` and `X-Request-ID` count. @default none */
  readonly trustedProxies?: readonly string[];
  /**
   * Patterns of routes that machines ask all the time: logged at `debug` while all is well with them. Health, readiness and
   * metrics are among them anyway.
   */
  readonly quietRoutes?: readonly string[];
  /** @default 16384 */
  readonly bodyLimitBytes?: number;
  /** Longest a request may take to arrive, body and all, in ms; then 408. @default 15000 */
  readonly arrivalTimeoutMs?: number;
  /** All headers of one request together, in bytes; beyond it 431. @default 16384 */
  readonly maxHeaderBytes?: number;
  /**
   * Who may ask for `/metrics` and `/docs`; to everybody else, and to whoever a proxy tells is elsewhere, they are not there.
   *
   * @default this machine and private networks
   */
  readonly insideNetworks?: readonly string[];
  /** Refuses requests before the framework sees them. @default none */
  readonly earlyRefusal?: EarlyRefusal;
  /** Serves the OpenAPI document and a page for it under `/docs`. */
  readonly docs?: DocsOptions;
}

/** Headers of one request at the most, in bytes: a token of a megabyte ends here. */
const MAX_HEADER_BYTES = 16_384;
const MAX_PARAM_LENGTH = 256;
const DOCS_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; frame-ancestors 'none'";

/** A Nest application on Fastify with everything about HTTP that is the same in every service. Not listening yet. */
export async function createHttpApp(
  rootModule: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const { logger, bodyLimitBytes = 16_384, arrivalTimeoutMs = 15_000, trustedProxies = [], earlyRefusal } = options;
  const requestName = requestNames(trustedProxies);
  const times = { requestTimeout: arrivalTimeoutMs, keepAliveTimeout: 65_000 };
  const serverOptions = {
    maxHeaderSize: options.maxHeaderBytes ?? MAX_HEADER_BYTES,
    headersTimeout: Math.min(10_000, arrivalTimeoutMs),
    connectionsCheckingInterval: Math.min(1_000, arrivalTimeoutMs),
  };
  const adapter = new FastifyAdapter({
    http: serverOptions,
    ...times,
    ...(earlyRefusal && {
      serverFactory: (handler: RequestListener) =>
        createEarlyServer(handler, { ...serverOptions, ...times }, earlyRefusal, { ...options, requestName }),
    }),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: requestName,
    clientErrorHandler: answerParserError,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      void answerProblem(error, request, reply),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  if (options.tracing) traceRequests(fastify, options.tracing, PROBES);
  // Before all else that may refuse a request: what refuses is an answer too.
  await fastify.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  recordRoutes(fastify);
  if (trustedProxies.length > 0) settleToldAddresses(fastify);
  answerOtherMethods(fastify, MAX_PARAM_LENGTH);
  acceptJsonObjectsOnly(fastify, bodyLimitBytes);
  observe(fastify, options);
  keepInside(fastify, options.insideNetworks ?? PRIVATE_NETWORKS);
  refuseSecondHeaders(fastify);
  endHeadOfStreams(fastify);

  const app = await NestFactory.create<NestFastifyApplication>(rootModule, adapter, {
    bodyParser: false,
    logger: nestLogger(logger),
    abortOnError: false,
  });
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      stopAtFirstError: false,
      exceptionFactory: (errors) => ValidationFailed.of(errors),
    }),
  );
  app.useGlobalInterceptors(new UndeclaredInterceptor(), new EnvelopeInterceptor());
  app.useGlobalFilters(new ProblemFilter(logger));
  if (options.docs) serveDocs(app, options.docs);
  return app;
}

const PROBES = ['/health', '/ready', '/metrics'];

function observe(fastify: FastifyInstance, options: HttpAppOptions): void {
  const { logger, metrics, drain, tracing, quietRoutes = [] } = options;
  const quiet = new Set([...PROBES, ...quietRoutes]);
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  fastify.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    if (request.url.startsWith('/docs')) void reply.header('content-security-policy', DOCS_POLICY);
    if (drain.started) void reply.header('connection', 'close');
  });
  fastify.addHook('onResponse', async (request, reply) => {
    // The pattern, never the path or the query: those carry ids and whatever clients put there.
    const route = request.routeOptions.url ?? 'unmatched';
    const facts = { method: request.method, route, status: reply.statusCode };
    metrics.httpDuration.observe({ ...facts, status: String(facts.status) }, reply.elapsedTime / 1_000);
    const level = quiet.has(route) && facts.status < 400 ? 'debug' : 'info';
    const line = { ...facts, ms: Math.round(reply.elapsedTime * 10) / 10, requestId: request.id };
    const span = tracing?.known(request.raw);
    if (!span) return logger[level]('request', line);
    span.run(() => logger[level]('request', line));
    span.end({ status: facts.status, requestId: request.id, route: request.routeOptions.url });
  });
}

async function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, body, headers } = toProblem(error, request.id);
  await reply
    .status(status)
    .headers({ ...BARE_ANSWER_HEADERS, 'x-request-id': request.id, ...headers })
    .send(body);
}

/** Nest's own lines go where ours go; its chatter at start does not. */
function nestLogger(logger: Logger): LoggerService {
  const text = (message: unknown) => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown) => logger.debug(text(message)),
    debug: (message: unknown) => logger.debug(text(message)),
    verbose: (message: unknown) => logger.debug(text(message)),
    warn: (message: unknown) => logger.warn(text(message)),
    error: (message: unknown) => logger.error(text(message)),
    fatal: (message: unknown) => logger.error(text(message)),
  };
}
