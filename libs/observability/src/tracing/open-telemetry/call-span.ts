import { type Context, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_RESEND_COUNT,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import { ATTR_URL_TEMPLATE } from '@opentelemetry/semantic-conventions/incubating';
import type { OutgoingCall, OutgoingSpan } from '../tracing.port.js';
import { methodOf } from './method.js';
import type { TraceHeaders } from './trace-headers.js';

/** The span of one request to another service, below `parent`. A request that is sent again is a span of its own. */
export function callSpan(call: OutgoingCall, parent: Context, tracer: Tracer, headers: TraceHeaders): OutgoingSpan {
  const { template, resent = 0 } = call;
  const method = methodOf(call.method);
  const { protocol, hostname, port } = new URL(call.origin);
  const scheme = protocol.slice(0, -1);
  const attributes = {
    [ATTR_HTTP_REQUEST_METHOD]: method,
    [ATTR_SERVER_ADDRESS]: hostname,
    [ATTR_SERVER_PORT]: Number(port) || (scheme === 'https' ? 443 : 80),
    [ATTR_URL_SCHEME]: scheme,
    ...(template === undefined ? {} : { [ATTR_URL_TEMPLATE]: template }),
    ...(resent === 0 ? {} : { [ATTR_HTTP_REQUEST_RESEND_COUNT]: resent }),
  };
  const name = template === undefined ? method : `${method} ${template}`;
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
  return {
    headers: headers.write(trace.setSpan(parent, span)),
    end: ({ status, error }) => {
      if (status !== undefined) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
      // To whoever asked, every answer from 400 on is a failure.
      const type = status !== undefined && status >= 400 ? String(status) : error;
      if (type !== undefined) span.setAttribute(ATTR_ERROR_TYPE, type).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
