import type { Tracing, TracingSettings } from './tracing.port.js';

/**
 * Turns tracing on for this process. OpenTelemetry is loaded here and nowhere else: a process without settings carries none of it.
 *
 * @returns `undefined` where there are no settings
 */
export async function startTracing(settings: TracingSettings | undefined): Promise<Tracing | undefined> {
  if (!settings) return undefined;
  const { OpenTelemetryTracing } = await import('./open-telemetry/open-telemetry-tracing.js');
  return OpenTelemetryTracing.start(settings);
}
