import { context, type Context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { IncomingMessage } from 'node:http';
import type { IncomingFacts, IncomingSpan, OutgoingCall, OutgoingSpan } from '../tracing.port.js';
import { callSpan } from './call-span.js';
import { methodOf } from './method.js';
import type { TraceHeaders } from './trace-headers.js';

/** By it a log line of any service leads to the trace, and back. */
const ATTR_REQUEST_ID = 'gatehouse.request_id';

/** One request that came in, from its head to the last byte of its answer. */
export class RequestSpan implements IncomingSpan {
  private constructor(
    private readonly span: Span,
    private readonly inside: Context,
    private readonly method: string,
    private readonly tracer: Tracer,
    private readonly headers: TraceHeaders,
  ) {}

  static begin(request: IncomingMessage, tracer: Tracer, headers: TraceHeaders): RequestSpan {
    const { parent, links } = headers.read(request);
    const method = methodOf(request.method);
    const attributes = {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      [ATTR_URL_SCHEME]: 'encrypted' in request.socket ? 'https' : 'http',
      [ATTR_NETWORK_PROTOCOL_VERSION]: request.httpVersion,
    };
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes, links }, parent);
    return new RequestSpan(span, trace.setSpan(parent, span), method, tracer, headers);
  }

  run<T>(work: () => T): T {
    return context.with(this.inside, work);
  }

  outgoing(call: OutgoingCall): OutgoingSpan {
    return callSpan(call, this.inside, this.tracer, this.headers);
  }

  end({ route, status, requestId }: IncomingFacts): void {
    if (!this.span.isRecording()) return;
    if (route !== undefined) this.span.updateName(`${this.method} ${route}`).setAttribute(ATTR_HTTP_ROUTE, route);
    this.span.setAttributes({ [ATTR_HTTP_RESPONSE_STATUS_CODE]: status, [ATTR_REQUEST_ID]: requestId });
    // A refusal is an answer; not to have one is a fault, and ours.
    if (status >= 500)
      this.span.setAttribute(ATTR_ERROR_TYPE, String(status)).setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}
