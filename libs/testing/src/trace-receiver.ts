import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as it came over OTLP/JSON, with what tests ask about. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  /** Absent of a root. */
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
}

export interface TraceReceiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Bodies of all posts that were answered, as they came. */
  readonly bodies: readonly Buffer[];
  readonly contentTypes: ReadonlySet<string>;
  /** How many posts have come, answered or not. */
  readonly posts: number;
  /** From now on posts get this status; 0: no answer at all. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

/** A collector that takes spans over HTTP and keeps them. It reads OTLP/JSON; of protobuf it keeps the bytes. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const contentTypes = new Set<string>();
  let status = 200;
  let posts = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      posts += 1;
      if (status === 0) return;
      const type = request.headers['content-type'] ?? '';
      contentTypes.add(type);
      bodies.push(body);
      if (status === 200 && type === 'application/json') spans.push(...spansIn(JSON.parse(body.toString()) as Otlp));
      response.writeHead(request.url === '/v1/traces' ? status : 404, { 'content-type': type }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, bodies, contentTypes },
    get posts() {
      return posts;
    },
    answerWith: (next) => void (status = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

type Attributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: Attributes;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface Otlp {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

function spansIn({ resourceSpans }: Otlp): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const facts = read(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, kind, traceId, spanId, parentSpanId, attributes, links = [], status }) => ({
        service: String(facts['service.name']),
        name,
        kind: kind === 2 ? ('server' as const) : kind === 3 ? ('client' as const) : ('internal' as const),
        traceId,
        spanId,
        ...(parentSpanId ? { parentSpanId } : {}),
        attributes: read(attributes),
        resource: facts,
        links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
        failed: status?.code === 2,
      })),
    );
  });
}

const read = (attributes: Attributes = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
