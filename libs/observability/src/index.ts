export {
  createLogger,
  describeError,
  silentLogger,
  tokenFingerprint,
  type LogFacts,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './logger.js';
export { Metrics } from './metrics.js';
export { startTracing } from './tracing/start-tracing.js';
export type {
  IncomingSpan,
  OutgoingCall,
  OutgoingSpan,
  TraceIds,
  TraceSampler,
  Tracing,
  TracingSettings,
} from './tracing/tracing.port.js';
