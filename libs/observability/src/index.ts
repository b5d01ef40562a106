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
