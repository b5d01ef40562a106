import { context, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { IncomingMessage } from 'node:http';
import type { IncomingSpan, OutgoingCall, OutgoingSpan, TraceIds, Tracing, TracingSettings } from '../tracing.port.js';
import { followDatabases } from './database-spans.js';
import { RequestSpan } from './request-span.js';
import { callSpan } from './call-span.js';
import { TraceHeaders } from './trace-headers.js';
import { traceProvider } from './trace-provider.js';

const CLOSE_PATIENCE_MS = 2_000;
const COMPLAIN_EVERY_MS = 60_000;

/** Spans by OpenTelemetry's SDK. Registered for the whole process, so that libraries which know only its API join in. */
export class OpenTelemetryTracing implements Tracing {
  private readonly requests = new WeakMap<IncomingMessage, RequestSpan>();

  private constructor(
    private readonly provider: TracerProvider,
    private readonly tracer: Tracer,
    private readonly headers: TraceHeaders,
    private readonly stopFollowing: () => void,
  ) {}

  static start(settings: TracingSettings): OpenTelemetryTracing {
    const provider = traceProvider(settings);
    const tracer = provider.getTracer('@gatehouse/observability', settings.version);
    setGlobalErrorHandler(atMostEach(COMPLAIN_EVERY_MS, settings.onFailure));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    const headers = new TraceHeaders(settings.continueFrom ?? []);
    return new OpenTelemetryTracing(provider, tracer, headers, followDatabases(tracer));
  }

  incoming(request: IncomingMessage): IncomingSpan {
    let span = this.requests.get(request);
    if (!span) {
      span = RequestSpan.begin(request, this.tracer, this.headers);
      this.requests.set(request, span);
    }
    return span;
  }

  known(request: IncomingMessage): IncomingSpan | undefined {
    return this.requests.get(request);
  }

  outgoing(call: OutgoingCall): OutgoingSpan | undefined {
    const active = context.active();
    return trace.getSpan(active) ? callSpan(call, active, this.tracer, this.headers) : undefined;
  }

  ids(): TraceIds | undefined {
    const span = trace.getActiveSpan()?.spanContext();
    return span && { trace_id: span.traceId, span_id: span.spanId };
  }

  async close(): Promise<void> {
    this.stopFollowing();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_PATIENCE_MS)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), patience]);
    clearTimeout(timer);
    trace.disable();
    context.disable();
  }
}

/** A collector that is away fails every few seconds; one line a minute says as much. */
function atMostEach(periodMs: number, tell: ((error: unknown) => void) | undefined): (error: unknown) => void {
  let nextMs = 0;
  return (error) => {
    const nowMs = performance.now();
    if (!tell || nowMs < nextMs) return;
    nextMs = nowMs + periodMs;
    tell(error);
  };
}
