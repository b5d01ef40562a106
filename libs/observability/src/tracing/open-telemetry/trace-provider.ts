import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions/incubating';
import { randomUUID } from 'node:crypto';
import type { TracingSettings } from '../tracing.port.js';

/** Longest one post may take, in ms; the next batch waits for it, and what comes on top of the queue is dropped. */
const POST_TIMEOUT_MS = 5_000;
/** No attribute of ours comes near it; a host name that somebody invents may. */
const MAX_ATTRIBUTE_LENGTH = 256;

export function traceProvider(settings: TracingSettings): TracerProvider {
  const { service, version, attributes = {} } = settings;
  return new TracerProvider({
    // The SDK's own says which SDK it is, and nothing of the machine: command lines and environments hold secrets.
    resource: defaultResource().merge(
      resourceFromAttributes({
        ...attributes,
        [ATTR_SERVICE_NAME]: service,
        [ATTR_SERVICE_VERSION]: version,
        [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
      }),
    ),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [batches(settings)],
  });
}

function batches({
  endpoint,
  protocol,
  headers,
  maxQueueSize = 2_048,
  delayMs = 5_000,
}: TracingSettings): SpanProcessor {
  const config = { url: endpoint, headers: { ...headers }, timeoutMillis: POST_TIMEOUT_MS };
  return new BatchSpanProcessor({
    exporter: protocol === 'http/json' ? new JsonExporter(config) : new ProtobufExporter(config),
    maxQueueSize,
    maxExportBatchSize: Math.min(512, maxQueueSize),
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: POST_TIMEOUT_MS * 2,
  });
}

function samplerOf({ sampler = 'parentbased_always_on', ratio = 1 }: TracingSettings): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
