import type { IncomingMessage } from 'node:http';

/** How the spans of a process are made and where they go. Built from the standard variables `OTEL_…`. */
export interface TracingSettings {
  /** Where spans are posted: the whole address, `http://collector:4318/v1/traces`. */
  readonly endpoint: string;
  /** @default 'http/protobuf' */
  readonly protocol?: 'http/protobuf' | 'http/json';
  /** Sent with each post, for a collector that asks who it is. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** `service.name`. */
  readonly service: string;
  readonly version: string;
  /** Further attributes of the resource. @default none */
  readonly attributes?: Readonly<Record<string, string>>;
  /** @default 'parentbased_always_on' */
  readonly sampler?: TraceSampler;
  /** Share of traces that `traceidratio` keeps, 0 to 1. @default 1 */
  readonly ratio?: number;
  /** Addresses and networks whose `traceparent` is continued; of anybody else it becomes a link. @default nobody's */
  readonly continueFrom?: readonly string[];
  /** Ended spans that may wait to be sent; what comes on top is dropped. @default 2048 */
  readonly maxQueueSize?: number;
  /** Longest an ended span waits for others to be sent with, in ms. @default 5000 */
  readonly delayMs?: number;
  /** Told of the first post that fails, and again once a minute at the most. The error holds no span. @default nobody */
  readonly onFailure?: (error: unknown) => void;
}

export type TraceSampler =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** The spans of one process. There is none where tracing is off. Nothing of it ever throws or waits on the way of a request. */
export interface Tracing {
  /** The span of a request that came in: begun by whoever asks first, and the same for whoever asks again. */
  incoming(request: IncomingMessage): IncomingSpan;
  /** The span of a request that has one already. */
  known(request: IncomingMessage): IncomingSpan | undefined;
  /** A call below whatever span is active; `undefined` where none is. */
  outgoing(call: OutgoingCall): OutgoingSpan | undefined;
  /** What names the active span in a log line; `undefined` where none is. */
  ids(): TraceIds | undefined;
  /** Sends what is left, for two seconds at the most. */
  close(): Promise<void>;
}

/** Names of OpenTelemetry's log data model, as its collectors look for them in JSON lines. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

export interface IncomingSpan {
  /** Runs `work` with this span active: what it does and what it waits for lies below it. */
  run<T>(work: () => T): T;
  /** A call on behalf of this request, for whoever has lost the thread: callbacks of sockets know of no active span. */
  outgoing(call: OutgoingCall): OutgoingSpan;
  /** Later calls change nothing. */
  end(facts: IncomingFacts): void;
}

export interface IncomingFacts {
  /** Pattern of the route, `/api/v1/sessions/:id`; never the path. @default none was found */
  readonly route?: string | undefined;
  readonly status: number;
  readonly requestId: string;
}

/** A request to another service. Neither its path nor its query is told: they hold ids and what clients put there. */
export interface OutgoingCall {
  readonly method: string;
  /** `http://orders:8081`. */
  readonly origin: string;
  /** Path without anything of a person in it: `/api/v1/auth/refresh`. @default it is not told */
  readonly template?: string;
  /** How many times it was sent before. @default 0 */
  readonly resent?: number;
}

export interface OutgoingSpan {
  /** `traceparent`, and `tracestate` where there is one. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without a status: there was no answer, and `error` says why (`connect`, `timeout`). Later calls change nothing. */
  end(facts: { readonly status?: number; readonly error?: string }): void;
}
