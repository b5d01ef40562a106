import {
  createLogger,
  type Logger,
  type LogLevel,
  startTracing,
  type Tracing,
  type TracingSettings,
} from '@gatehouse/observability';

export interface TelemetryOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Absent: no traces. */
  readonly tracing: TracingSettings | undefined;
  /** For tests, in place of lines on standard output. */
  readonly logger?: Logger | undefined;
}

export interface Telemetry {
  readonly logger: Logger;
  readonly tracing: Tracing | undefined;
}

/** The log and the traces of a service: lines name the span they were written in, and a collector that fails is a line. */
export async function startTelemetry({
  service,
  level,
  tracing: settings,
  logger: given,
}: TelemetryOptions): Promise<Telemetry> {
  const parts: { tracing?: Tracing | undefined } = {};
  const logger =
    given ?? createLogger({ service, level, ...(settings ? { everyLine: () => parts.tracing?.ids() } : {}) });
  const onFailure = (error: unknown) => logger.warn('spans could not be sent', { failure: kindOf(error) });
  parts.tracing = await startTracing(settings && { ...settings, onFailure });
  return { logger, tracing: parts.tracing };
}

/** Its words may hold the answer of whoever took the post, which is nothing of ours. */
function kindOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return [name, code].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
}
