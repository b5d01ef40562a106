import { eventually, sharedRedisUrl, startTraceReceiver, type TraceReceiver } from '@gatehouse/testing';
import { Redis } from 'ioredis';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../logger.js';
import { summaryOf } from './open-telemetry/statement-summary.js';
import { startTracing } from './start-tracing.js';
import type { Tracing, TracingSettings } from './tracing.port.js';

const THEIR_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const THEIR_SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${THEIR_TRACE}-${THEIR_SPAN}-01`;

let receiver: TraceReceiver;
let tracing: Tracing | undefined;
beforeEach(async () => {
  receiver = await startTraceReceiver();
});
afterEach(async () => {
  await tracing?.close();
  await receiver.close();
});

async function start(more: Partial<TracingSettings> = {}): Promise<Tracing> {
  const endpoint = `${receiver.url}/v1/traces`;
  const settings = {
    endpoint,
    protocol: 'http/json',
    service: 'shop',
    version: '1.2.3',
    delayMs: 10,
    ...more,
  } as const;
  tracing = await startTracing(settings);
  return tracing!;
}

type Work = (incoming: IncomingMessage) => unknown;

/** One request through a real server. */
async function serve(traced: Tracing, work: Work, { headers = {}, method = 'GET', status = 200 } = {}): Promise<void> {
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const span = traced.incoming(incoming);
    void span.run(async () => {
      await work(incoming);
      response.writeHead(status).end();
      span.end({ route: '/orders/:id', status, requestId: 'request-1' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/orders/7?token=hunter2', method, headers, agent: false });
    asked.on('response', (answer) => answer.resume().on('end', resolve)).on('error', reject);
    asked.end();
  });
  server.close();
}

const nothing = () => undefined;
const received = async (count: number) => {
  await eventually(() => expect(receiver.spans.length).toBeGreaterThanOrEqual(count));
  return receiver.spans;
};

describe('the span of a request', () => {
  it('is named by method and route, and tells status, request id and service, but neither path nor query', async () => {
    await serve(await start({ attributes: { 'deployment.environment.name': 'test' } }), nothing);
    const [span] = await received(1);
    expect(span).toMatchObject({ name: 'GET /orders/:id', kind: 'server', failed: false });
    expect(span!.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
      'url.scheme': 'http',
      'gatehouse.request_id': 'request-1',
    });
    expect(span!.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': '1.2.3',
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(receiver.bodies.join('')).not.toMatch(/hunter2|orders\/7/);
  });

  it('is a fault from 500 on, and an answer below', async () => {
    const traced = await start();
    await serve(traced, nothing, { status: 503 });
    await serve(traced, nothing, { status: 403 });
    const spans = await received(2);
    expect(spans.map(({ failed, attributes }) => [failed, attributes['error.type']])).toEqual([
      [true, '503'],
      [false, undefined],
    ]);
  });

  it('does not take its name from a method somebody has invented', async () => {
    await serve(await start(), nothing, { method: 'PROPFIND' });
    expect((await received(1))[0]!.name).toBe('_OTHER /orders/:id');
  });

  it('holds what is done for it, however it waits: calls, Redis, lines of the log', async () => {
    const traced = await start();
    const redis = new Redis(await sharedRedisUrl());
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ service: 'shop', destination, everyLine: () => traced.ids() });
    let told: readonly (readonly [string, string])[] = [];
    await redis.set('tracing:unseen', 'hunter2');
    await serve(traced, async () => {
      await redis.set('tracing:seen', 'hunter2');
      await redis.hget('tracing:seen', 'f').catch(() => undefined);
      const call = traced.outgoing({ method: 'POST', origin: 'http://auth:8080', template: '/refresh', resent: 1 });
      told = call!.headers;
      call!.end({ status: 409 });
      logger.info('done');
    });
    logger.info('later');
    redis.disconnect();
    const spans = await received(4);
    expect(spans).toHaveLength(4);
    const server = spans.find(({ kind }) => kind === 'server')!;
    const below = spans.filter(({ parentSpanId }) => parentSpanId === server.spanId);
    expect(below.map(({ name }) => name)).toEqual(['SET', 'HGET', 'POST /refresh']);
    expect(below.every(({ traceId, kind }) => traceId === server.traceId && kind === 'client')).toBe(true);
    const [set, hget, call] = below;
    expect(set!.attributes).toMatchObject({
      'db.system.name': 'redis',
      'db.operation.name': 'SET',
      'db.namespace': '0',
    });
    expect(hget).toMatchObject({ failed: true, attributes: { 'error.type': 'WRONGTYPE' } });
    expect(call).toMatchObject({ failed: true, attributes: { 'error.type': '409', 'http.request.resend_count': 1 } });
    expect(told).toEqual([['traceparent', `00-${call!.traceId}-${call!.spanId}-01`]]);
    expect(receiver.bodies.join('')).not.toMatch(/hunter2|tracing:/);
    const [inside, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(inside).toMatchObject({ trace_id: server.traceId, span_id: server.spanId });
    expect(outside).not.toHaveProperty('trace_id');
  });
});

describe('a traceparent that came along', () => {
  const withTheirs = { headers: { traceparent: SAMPLED, tracestate: 'theirs=hunter2' } };

  it('of a stranger becomes a link: the trace is ours', async () => {
    await serve(await start(), nothing, withTheirs);
    const [span] = await received(1);
    expect(span!.traceId).not.toBe(THEIR_TRACE);
    expect(span!.parentSpanId).toBeUndefined();
    expect(span!.links).toEqual([{ traceId: THEIR_TRACE, spanId: THEIR_SPAN }]);
    expect(receiver.bodies.join('')).not.toContain('hunter2');
  });

  it('of a service of ours is continued, and handed on with its tracestate', async () => {
    let told: readonly (readonly [string, string])[] = [];
    const work: Work = (incoming) => {
      told = tracing!.incoming(incoming).outgoing({ method: 'GET', origin: 'http://orders' }).headers;
    };
    await serve(await start({ continueFrom: ['127.0.0.0/8'] }), work, withTheirs);
    const [span] = await received(1);
    expect(span).toMatchObject({ traceId: THEIR_TRACE, parentSpanId: THEIR_SPAN, links: [] });
    expect(told.map(([name]) => name)).toEqual(['traceparent', 'tracestate']);
  });

  it.each([
    '',
    'x',
    `00-${'0'.repeat(32)}-${THEIR_SPAN}-01`,
    `ff-${THEIR_TRACE}-${THEIR_SPAN}-01`,
    `${SAMPLED}, ${SAMPLED}`,
  ])('that is none is neither: %s', async (traceparent) => {
    await serve(await start({ continueFrom: ['127.0.0.1'] }), nothing, { headers: { traceparent } });
    const [span] = await received(1);
    expect(span).not.toHaveProperty('parentSpanId');
    expect(span!.links).toEqual([]);
  });
});

describe('sampling', () => {
  it.each([
    ['always_off', SAMPLED, []],
    ['parentbased_always_off', SAMPLED, ['']],
    ['parentbased_always_on', SAMPLED.replace(/1$/, '0'), []],
    ['parentbased_traceidratio', SAMPLED, ['']],
    ['traceidratio', SAMPLED, []],
    ['always_on', SAMPLED.replace(/1$/, '0'), ['']],
  ] as const)('%s is followed', async (sampler, traceparent, kept) => {
    const traced = await start({ sampler, ratio: 0, continueFrom: ['127.0.0.1'] });
    await serve(traced, nothing, { headers: { traceparent } });
    await traced.close();
    expect(receiver.spans).toHaveLength(kept.length);
  });
});

describe('a collector', () => {
  it('takes protobuf too', async () => {
    const traced = await start({ protocol: 'http/protobuf' });
    await serve(traced, nothing);
    await traced.close();
    expect([...receiver.contentTypes]).toEqual(['application/x-protobuf']);
    expect(receiver.bodies[0]!.toString('latin1')).toMatch(/service\.name[^]*shop[^]*GET \/orders\/:id/);
  });

  it('that refuses is complained of once, however often it does', async () => {
    const failures: unknown[] = [];
    receiver.answerWith(400);
    const traced = await start({ onFailure: (error) => failures.push(error) });
    for (let posts = 1; posts <= 3; posts++) {
      await serve(traced, nothing);
      await eventually(() => expect(receiver.posts).toBe(posts));
    }
    await traced.close();
    expect(failures).toHaveLength(1);
  });

  it('that is away keeps neither a request nor the end of the process', async () => {
    const traced = await start();
    await receiver.close();
    for (let n = 0; n < 20; n++) await serve(traced, nothing);
    const startedMs = performance.now();
    await traced.close();
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });

  it('that does not answer gets no more than the queue holds', async () => {
    receiver.answerWith(0);
    const traced = await start({ maxQueueSize: 4 });
    await serve(traced, nothing);
    await eventually(() => expect(receiver.posts).toBe(1));
    for (let n = 0; n < 10; n++) await serve(traced, nothing);
    receiver.answerWith(200);
    await traced.close();
    expect(receiver.spans.length).toBeLessThanOrEqual(4);
  });
});

it('off, there is nothing', async () => {
  expect(await startTracing(undefined)).toBeUndefined();
});

describe('a statement is named by what it does and to which table', () => {
  it.each([
    ['SELECT `u`.`id` FROM `users` `u` WHERE email = ?', 'SELECT', 'users'],
    ["INSERT INTO audit_events(kind) VALUES ('hunter2')", 'INSERT', 'audit_events'],
    ['UPDATE `sessions` SET x = 1', 'UPDATE', 'sessions'],
    ['delete from "keys" where 1', 'DELETE', 'keys'],
    ['START TRANSACTION', 'START', undefined],
    ['SELECT 1', 'SELECT', undefined],
    ['hunter2', 'SQL', undefined],
    ['', 'SQL', undefined],
  ])('%s', (statement, operation, table) => {
    expect(summaryOf(statement)).toEqual(table ? { operation, table } : { operation });
  });
});
