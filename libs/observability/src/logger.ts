import { createHash } from 'node:crypto';
import { pino, type DestinationStream } from 'pino';
import { redacted } from './redacted.js';
import { standardOutput } from './standard-output.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Facts of a log line. Names are ours to choose; what must never be logged is removed whatever it is called by. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** One JSON object per line. */
export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

export interface LoggerOptions {
  /** Name of the service, on every line. */
  readonly service: string;
  /** @default 'info' */
  readonly level?: LogLevel;
  /** @default standard output */
  readonly destination?: DestinationStream;
  /** Facts of every line, such as the ids of the active span. @default none */
  readonly everyLine?: () => object | undefined;
}

export function createLogger({ service, level = 'info', destination, everyLine }: LoggerOptions): Logger {
  const base = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redacted },
      ...(everyLine ? { mixin: () => everyLine() ?? {} } : {}),
      serializers: { error: describeError },
    },
    destination ?? standardOutput(),
  );
  return {
    debug: (message, facts) => base.debug(facts ?? {}, message),
    info: (message, facts) => base.info(facts ?? {}, message),
    warn: (message, facts) => base.warn(facts ?? {}, message),
    error: (message, facts) => base.error(facts ?? {}, message),
  };
}

/**
 * Names an error and its causes: class, code, message, and the stack of the outermost one. Other properties stay out: drivers
 * hang statements and their parameters on errors.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message,
    ...(depth === 0 && error.stack ? { stack: error.stack } : {}),
    ...(error.cause !== undefined && depth < 4 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** A name for a token that cannot be turned back into it: the first 8 hex digits of its SHA-256. */
export function tokenFingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8);
}

/** A logger that says nothing, for tests that are not about logs. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
