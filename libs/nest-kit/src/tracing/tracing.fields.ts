import { cidrList, type ConfigOf, flag, integer, oneOf, secret, text, url } from '@gatehouse/config';
import type { TracingSettings } from '@gatehouse/observability';

/** Settings of traces, under the names OpenTelemetry gives them; the last one is ours. */
export const tracingFields = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url()
    .optional()
    .describe('Turns traces on: a collector that takes OTLP over HTTP, as http://collector:4318'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url()
    .optional()
    .describe('The whole address spans are posted to, in place of the one before with /v1/traces'),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf('http/protobuf', 'http/json')
    .default('http/protobuf')
    .describe('How spans are written'),
  OTEL_EXPORTER_OTLP_HEADERS: secret({ minBytes: 1 })
    .optional()
    .describe('Headers of each post to the collector, as name=value,name=value'),
  OTEL_SDK_DISABLED: flag().default('false').describe('true turns traces off, whatever else is set'),
  OTEL_SERVICE_NAME: text({ maxLength: 128 })
    .optional()
    .describe('Name of the service in traces; that of the app when absent'),
  OTEL_RESOURCE_ATTRIBUTES: text()
    .optional()
    .describe('Further facts of each span, as deployment.environment.name=prod,k8s.pod.name=auth-1'),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  )
    .default('parentbased_always_on')
    .describe('Which traces are kept'),
  OTEL_TRACES_SAMPLER_ARG: text({ maxLength: 20 })
    .optional()
    .describe('Share of the traces the traceidratio samplers keep, from 0 to 1; all when absent'),
  OTEL_BSP_MAX_QUEUE_SIZE: integer({ min: 1, max: 65_536 })
    .default('2048')
    .describe('Spans that may wait to be sent; more are dropped'),
  OTEL_BSP_SCHEDULE_DELAY: integer({ min: 10, max: 60_000 })
    .default('5000')
    .describe('Longest a span waits for others to be sent with, in ms'),
  TRACE_CONTEXT_FROM: cidrList()
    .default('')
    .describe('Addresses of services whose traceparent is continued; that of anybody else becomes a link'),
};

type TracingFields = ConfigOf<typeof tracingFields>;

/** What is wrong with the settings of traces together, names only. */
export function tracingIsSound(fields: TracingFields): readonly string[] {
  const { OTEL_TRACES_SAMPLER_ARG: share, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS } = fields;
  return [
    ...(share === undefined || isShare(share) ? [] : ['OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1']),
    ...(pairsOf(OTEL_RESOURCE_ATTRIBUTES) ? [] : ['OTEL_RESOURCE_ATTRIBUTES must be name=value,name=value']),
    ...(pairsOf(OTEL_EXPORTER_OTLP_HEADERS?.reveal())
      ? []
      : ['OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value']),
  ];
}

/** @returns `undefined` while traces are off */
export function tracingOf(
  fields: TracingFields,
  { service, version }: { readonly service: string; readonly version: string },
): TracingSettings | undefined {
  const endpoint = endpointOf(fields);
  if (endpoint === undefined || fields.OTEL_SDK_DISABLED) return undefined;
  return {
    endpoint,
    protocol: fields.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: pairsOf(fields.OTEL_EXPORTER_OTLP_HEADERS?.reveal()) ?? {},
    service: fields.OTEL_SERVICE_NAME ?? service,
    version,
    attributes: pairsOf(fields.OTEL_RESOURCE_ATTRIBUTES) ?? {},
    sampler: fields.OTEL_TRACES_SAMPLER,
    ratio: Number(fields.OTEL_TRACES_SAMPLER_ARG ?? '1'),
    continueFrom: fields.TRACE_CONTEXT_FROM,
    maxQueueSize: fields.OTEL_BSP_MAX_QUEUE_SIZE,
    delayMs: fields.OTEL_BSP_SCHEDULE_DELAY,
  };
}

function endpointOf(fields: TracingFields): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = fields;
  return whole ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`);
}

const isShare = (text: string) => /^(?:0|1|0?\.\d+|[01]\.0+)$/.test(text);

/** Values are percent-encoded (OpenTelemetry, resource SDK). @returns `undefined` where it cannot be read */
function pairsOf(text: string | undefined): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of (text ?? '').split(',')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at < 1) return undefined;
    try {
      pairs[part.slice(0, at).trim()] = decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return pairs;
}
