import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';
import type { DecisionFacts, DecisionSpan, Tracing } from '../core/metrics/decision-observer.js';

type OpenTelemetryApi = Pick<typeof import('@opentelemetry/api'), 'trace' | 'SpanStatusCode'>;

/** Name of the instrumentation scope and of its one span. */
export const TRACER_NAME = '@gatehouse/session-validator';
export const SPAN_NAME = 'session_validator.check';

/**
 * Spans for decisions, as children of whatever span is active. `@opentelemetry/api` is looked for once; without it, and
 * until somebody registers a tracer provider, no span is made and nothing is spent on one.
 *
 * A span tells decision, warmth, age of the feed and size of the list; no token, no claim, no id.
 *
 * @param load - for tests
 */
export function openTelemetry(load: () => Promise<OpenTelemetryApi> = () => import('@opentelemetry/api')): Tracing {
  let api: OpenTelemetryApi | undefined;
  load().then(
    (found) => (api = found),
    // Not installed, and so nobody traces.
    () => undefined,
  );
  return {
    open: () => {
      if (!api) return undefined;
      try {
        const span = tracerOf(api.trace.getTracerProvider())?.startSpan(SPAN_NAME);
        return span && decisionSpan(span, api.SpanStatusCode.ERROR);
      } catch {
        // A tracer that throws must not decide who gets in.
        return undefined;
      }
    },
  };
}

function decisionSpan(span: Span, error: number): DecisionSpan {
  return {
    end: ({ decision, warm, feedAgeSeconds, replicaEntries }: DecisionFacts) => {
      try {
        span.setAttributes({
          'session_validator.decision': decision,
          'session_validator.warm': warm,
          'session_validator.replica_entries': replicaEntries,
          ...(feedAgeSeconds === undefined ? {} : { 'session_validator.feed_age_seconds': feedAgeSeconds }),
        });
        // A refused token is an answer; not to know is a fault, and ours.
        if (decision === 'FEED_STALE') span.setStatus({ code: error });
        span.end();
      } catch {
        // As above: telemetry is no reason to fail.
      }
    },
  };
}

/** Until somebody registers a provider the API hands out a proxy, whose tracers drop everything but cost an object each. */
function tracerOf(provider: TracerProvider | ProxyProvider): Tracer | undefined {
  return 'getDelegateTracer' in provider ? provider.getDelegateTracer(TRACER_NAME) : provider.getTracer(TRACER_NAME);
}

/** Told by its shape: several copies of the API may be installed, and share one provider. */
interface ProxyProvider {
  getDelegateTracer(name: string): Tracer | undefined;
}
