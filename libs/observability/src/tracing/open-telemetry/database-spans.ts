import { context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import {
  ATTR_DB_COLLECTION_NAME,
  ATTR_DB_NAMESPACE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@opentelemetry/semantic-conventions';
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { summaryOf } from './statement-summary.js';

/** What the drivers tell of each command. Arguments and values are told as well, and left where they are. */
interface RedisCommand {
  readonly command: string;
  readonly database: number;
  readonly serverAddress: string;
  readonly serverPort?: number;
}
interface MysqlStatement {
  readonly query: string;
  readonly database: string;
  readonly serverAddress: string;
  readonly serverPort?: number;
}
interface Named {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/**
 * Spans of Redis commands and SQL statements, from what ioredis and mysql2 publish on their tracing channels: nothing is patched, and
 * while nobody listens the drivers do nothing for it. Only below a span: pings and relays of the background are no trace of anybody.
 *
 * @returns ends the listening
 */
export function followDatabases(tracer: Tracer): () => void {
  const ends = [
    follow<RedisCommand>('ioredis:command', tracer, ({ command, database, serverAddress, serverPort }) => ({
      name: command.toUpperCase(),
      attributes: {
        [ATTR_DB_SYSTEM_NAME]: 'redis',
        [ATTR_DB_OPERATION_NAME]: command.toUpperCase(),
        [ATTR_DB_NAMESPACE]: String(database),
        ...serverOf(serverAddress, serverPort),
      },
    })),
    ...['mysql2:query', 'mysql2:execute'].map((channel) => follow<MysqlStatement>(channel, tracer, nameStatement)),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function nameStatement({ query, database, serverAddress, serverPort }: MysqlStatement): Named {
  const { operation, table } = summaryOf(query);
  const name = table ? `${operation} ${table}` : operation;
  return {
    name,
    attributes: {
      [ATTR_DB_SYSTEM_NAME]: 'mysql',
      [ATTR_DB_OPERATION_NAME]: operation,
      [ATTR_DB_QUERY_SUMMARY]: name,
      ...(table ? { [ATTR_DB_COLLECTION_NAME]: table } : {}),
      ...(database ? { [ATTR_DB_NAMESPACE]: database } : {}),
      ...serverOf(serverAddress, serverPort),
    },
  };
}

const serverOf = (address: string, port: number | undefined) => ({
  [ATTR_SERVER_ADDRESS]: address,
  ...(port === undefined ? {} : { [ATTR_SERVER_PORT]: port }),
});

function follow<T extends object>(channel: string, tracer: Tracer, name: (message: T) => Named): () => void {
  const spans = new WeakMap<object, Span>();
  const noting = tracingChannel<unknown, T>(channel);
  const end = (message: object) => {
    spans.get(message)?.end();
    spans.delete(message);
  };
  const subscribers: TracingChannelSubscribers<T> = {
    start: (message) => {
      if (!trace.getSpan(context.active())?.isRecording()) return;
      const { name: spanName, attributes } = name(message);
      spans.set(message, tracer.startSpan(spanName, { kind: SpanKind.CLIENT, attributes }));
    },
    asyncStart: end,
    // Told before the answer has come, unless the call itself has thrown: then nothing more is.
    end: (message) => {
      if ('error' in message) end(message);
    },
    error: (message) => {
      const span = spans.get(message);
      span?.setAttribute(ATTR_ERROR_TYPE, errorTypeOf((message as { readonly error?: unknown }).error));
      span?.setStatus({ code: SpanStatusCode.ERROR });
    },
    asyncEnd: () => undefined,
  };
  noting.subscribe(subscribers);
  return () => void noting.unsubscribe(subscribers);
}

/** A class of failure, never its words: those hold statements, keys and addresses. Redis begins its words with a class. */
function errorTypeOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string' && /^\w{1,64}$/.test(code)) return code;
  return /^([A-Z]{3,20}) /.exec(String(message))?.[1] ?? 'error';
}
