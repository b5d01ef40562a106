import { defineConfig, loadConfig } from '@gatehouse/config';
import { eventually } from '@gatehouse/testing';
import { AppError } from '@gatehouse/failures';
import { createLogger, Metrics } from '@gatehouse/observability';
import { Body, Controller, Get, Global, HttpCode, Module, Param, Post, Query, SetMetadata } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt, IsOptional, IsString, Length } from 'class-validator';
import 'reflect-metadata';
import { connect, type Socket } from 'node:net';
import { requestNames } from './http/request-id.js';
import {
  addressNetwork,
  bind,
  canonicalAddress,
  createHttpApp,
  Drain,
  HealthModule,
  listRoutes,
  provide,
  ReadinessProbe,
  type Readiness,
  tracingFields,
  tracingIsSound,
  tracingOf,
} from './index.js';

const Public = () => SetMetadata('access', 'public');

class NoteRequest {
  @IsString() @Length(1, 20) text!: string;
  @IsOptional() @IsInt() count?: number;
}

class Busy extends AppError {
  readonly code = 'OVERLOADED';
  override readonly retryAfterSeconds = 2.4;
}

class Greeter {
  constructor(readonly drain: Drain) {}
  run(name: string): string {
    return `hello ${name}`;
  }
}

@Controller('api')
class SampleController {
  constructor(private readonly greeter: Greeter) {}

  @Post('notes') @HttpCode(200) note(@Body() body: NoteRequest): { text: string } {
    return { text: body.text };
  }
  @Public() @Get('hello/:name') hello(@Param('name') name: string, @Query('loud') loud?: string): string {
    return this.greeter.run(name) + (loud ?? '');
  }
  @Get('busy') busy(): never {
    throw new Busy('queue full');
  }
  @Get('broken') broken(): never {
    throw new Error('SELECT secret FROM users');
  }
}

let readiness: Readiness = { status: 'ready', checks: {} };
const drain = new Drain();
const metrics = new Metrics('sample', { processFigures: false });

@Global()
@Module({
  providers: [bind(Drain, drain), bind(Metrics, metrics), bind(ReadinessProbe, { check: async () => readiness })],
  exports: [Drain, Metrics, ReadinessProbe],
})
class Foundation {}

@Module({
  imports: [Foundation, HealthModule.register({ version: '1.2.3', Public })],
  controllers: [SampleController],
  providers: [provide(Greeter, [Drain])],
})
class SampleModule {}

describe('an HTTP app', () => {
  let app: NestFastifyApplication;
  let base: string;
  const lines: string[] = [];

  beforeAll(async () => {
    const logger = createLogger({ service: 'sample', destination: { write: (line: string) => void lines.push(line) } });
    app = await createHttpApp(SampleModule, {
      logger,
      metrics,
      drain,
      trustedProxies: ['127.0.0.1'],
      docs: { title: 'Sample', description: 'A sample', version: '1.2.3' },
    });
    await app.listen(0, '127.0.0.1');
    base = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  });
  afterAll(() => app.close());

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/api/notes`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  it('puts answers into the envelope and names the request', async () => {
    const response = await post('{"text":"hi"}', { 'x-request-id': 'abcdefgh-1' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true, data: { text: 'hi' } });
    expect(response.headers.get('x-request-id')).toBe('abcdefgh-1');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('logs each request, but those that machines make all the time only when something is wrong', async () => {
    const before = lines.length;
    await fetch(`${base}/health`);
    await fetch(`${base}/metrics`);
    await post('{"text":"quiet"}');
    await fetch(`${base}/nowhere`);
    await eventually(() => expect(lines.slice(before).length).toBeGreaterThanOrEqual(2));
    const routes = lines.slice(before).map((line) => (JSON.parse(line) as { route?: string }).route);
    expect(routes).toEqual(['/api/notes', 'unmatched']);
  });

  it('sends the headers that keep a browser from guessing', async () => {
    for (const path of ['/api/hello/x', '/nowhere', '/api/broken']) {
      const { headers } = await fetch(base + path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers.get('strict-transport-security')).toContain('includeSubDomains');
      expect(headers.get('x-request-id')).toBeTruthy();
    }
  });

  it.each<[string, string, Record<string, string>, number, string]>([
    ['an extra field', '{"text":"a","isAdmin":true}', {}, 400, 'VALIDATION_ERROR'],
    ['a number for a text', '{"text":1}', {}, 400, 'VALIDATION_ERROR'],
    ['a text for a number', '{"text":"a","count":"1"}', {}, 400, 'VALIDATION_ERROR'],
    ['an object for a text', '{"text":{"$gt":""}}', {}, 400, 'VALIDATION_ERROR'],
    ['a missing field', '{}', {}, 400, 'VALIDATION_ERROR'],
    ['nothing', '', {}, 400, 'VALIDATION_ERROR'],
    ['null', 'null', {}, 400, 'VALIDATION_ERROR'],
    ['an array', '[]', {}, 400, 'VALIDATION_ERROR'],
    ['a text', '"a"', {}, 400, 'VALIDATION_ERROR'],
    ['broken JSON', '{"text":', {}, 400, 'VALIDATION_ERROR'],
    ['a prototype', '{"text":"a","__proto__":{"x":1}}', {}, 400, 'VALIDATION_ERROR'],
    ['a constructor', '{"text":"a","constructor":{"prototype":{}}}', {}, 400, 'VALIDATION_ERROR'],
    ['deep nesting', `{"text":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, {}, 400, 'VALIDATION_ERROR'],
    ['too much', `{"text":"${'a'.repeat(20_000)}"}`, {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['another type', 'text=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', '{"text":"a"}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      '{"text":"a"}',
      { 'content-type': 'application/json; charset=utf-7' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a coding', 'xx', { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses %s with a stable code (R11)', async (_what, body, headers, status, code) => {
    const response = await post(body, headers);
    const text = await response.text();
    expect([response.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([status, code]);
    expect(text).not.toMatch(/at \/|node_modules|"stack"/);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('tells which field broke which rule, and no value', async () => {
    const body = (await (await post('{"text":"a-very-secret-password-too-long"}')).json()) as {
      error: { details: unknown };
    };
    expect(body.error.details).toEqual([{ field: 'text', rule: 'isLength' }]);
  });

  it.each([
    ['/nowhere', 404, 'NOT_FOUND'],
    ['/api/hello/%', 400, 'VALIDATION_ERROR'],
    [`/api/hello/${'a'.repeat(400)}`, 414, 'URI_TOO_LONG'],
  ])('answers %s', async (path, status, code) => {
    const response = await fetch(base + path);
    const { error } = (await response.json()) as { error: { code: string } };
    expect([response.status, error.code]).toEqual([status, code]);
  });

  it('answers headers over the limit, before they are a request', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', (error) => (text ? resolve(text) : reject(error)));
      socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(1_000_000)}\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"HEADERS_TOO_LARGE"');
  });

  it('says a named failure with its retry time, and nothing about one nobody named', async () => {
    const busy = await fetch(`${base}/api/busy`);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '3']);
    const broken = await fetch(`${base}/api/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('SELECT');
    expect(lines.join('')).toContain('SELECT secret FROM users');
  });

  describe('asked for problem details (RFC 9457, R11)', () => {
    const ask = async (accept: string, path = '/nowhere') => {
      const response = await fetch(base + path, { headers: { accept, 'x-request-id': 'abcdefgh-2' } });
      return { response, body: (await response.json()) as Record<string, unknown> };
    };

    it.each(['application/problem+json', 'text/html, application/problem+json;q=0.9, application/json;q=0.8'])(
      'answers in them: %s',
      async (accept) => {
        const { response, body } = await ask(accept);
        expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
        expect(response.headers.get('vary')).toContain('Accept');
        expect(body).toEqual({
          type: 'urn:gatehouse:problem:NOT_FOUND',
          title: 'There is nothing here.',
          status: 404,
          code: 'NOT_FOUND',
          request_id: 'abcdefgh-2',
        });
      },
    );

    it.each([
      '*/*',
      'application/json',
      'application/*',
      'application/problem+json;q=0, */*',
      'application/problem+json;q=0.1, application/json',
      'application/problem+jsonx',
      ',;q=',
    ])('answers in the envelope to %s', async (accept) => {
      const { response, body } = await ask(accept);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(body).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } });
    });

    it('keeps what the envelope says: details, retry time, and the headers of the failure', async () => {
      const busy = await ask('application/problem+json', '/api/busy');
      expect(busy.response.headers.get('retry-after')).toBe('3');
      expect(busy.body).toMatchObject({ status: 503, retry_after: 3 });
      const refused = await fetch(`${base}/api/notes`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', accept: 'application/problem+json' },
      });
      expect(await refused.json()).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [
          { field: 'text', rule: 'isLength' },
          { field: 'text', rule: 'isString' },
        ],
      });
    });

    it('tells no more of a failure that nobody named', async () => {
      const { body } = await ask('application/problem+json', '/api/broken');
      expect(Object.keys(body).sort()).toEqual(['code', 'request_id', 'status', 'title', 'type']);
      expect(body['code']).toBe('INTERNAL_ERROR');
    });

    it('leaves successes as they are', async () => {
      const response = await fetch(`${base}/health`, { headers: { accept: 'application/problem+json' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    });
  });

  it('logs patterns, never queries, and counts by pattern', async () => {
    await fetch(`${base}/api/hello/ada?loud=hunter2`);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).not.toContain('hello/ada');
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toContain('route="/api/hello/:name"');
  });

  it('knows who may use each route it really has', () => {
    const routes = listRoutes(app, 'access');
    const of = (access: string) =>
      routes.filter((route) => route.access === access).map(({ method, path }) => `${method} ${path}`);
    expect(of('guarded')).toEqual(['GET /api/broken', 'GET /api/busy', 'POST /api/notes']);
    expect(of('public')).toEqual(['GET /api/hello/:name', 'GET /health', 'GET /metrics', 'GET /ready']);
    expect(of('outside').every((route) => route.startsWith('GET /docs'))).toBe(true);
  });

  it('tells how it is', async () => {
    expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ status: 'ok', version: '1.2.3' });
    readiness = { status: 'degraded', checks: { redis: 'away' } };
    const degraded = await fetch(`${base}/ready`);
    expect([degraded.status, await degraded.json()]).toEqual([200, readiness]);
    readiness = { status: 'not-ready', checks: {} };
    const not = await fetch(`${base}/ready`);
    expect(not.status).toBe(503);
    expect(await not.json()).toMatchObject({ error: { code: 'NOT_READY' } });
  });

  it.each([
    ['a private network', {}, '10.1.2.3', 200],
    ['one written as IPv6', {}, '::ffff:192.168.7.1', 200],
    ['the internet', {}, '203.0.113.7', 404],
    ['the internet, over IPv6', {}, '2001:db8::7', 404],
    ['the internet, through a proxy we trust', { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1', 404],
    ['the internet, as if from inside', { 'x-forwarded-for': '10.0.0.1, 203.0.113.7' }, '127.0.0.1', 404],
    ['the internet, as if through us', { 'x-forwarded-for': '127.0.0.1' }, '203.0.113.7', 404],
    ['a proxy that nobody told us of', { 'x-forwarded-for': '203.0.113.7' }, '10.1.2.3', 404],
    ['a proxy of another kind', { forwarded: 'for=203.0.113.7' }, '10.1.2.3', 404],
    ['nobody knows where', { 'x-forwarded-for': 'unknown' }, '127.0.0.1', 404],
    ['inside, through a proxy we trust', { 'x-forwarded-for': '10.9.8.7' }, '127.0.0.1', 200],
  ])('shows figures and documents to those inside alone (R17): %s', async (_where, headers, remoteAddress, status) => {
    for (const url of ['/metrics', '/metrics?x', '/%6detrics', '/docs', '/docs/openapi.json']) {
      const answer = await app.inject({ url, remoteAddress, headers });
      expect([url, answer.statusCode]).toEqual([url, status]);
    }
    const nothing = await app.inject({ url: '/nowhere', remoteAddress, headers });
    const figures = await app.inject({ url: '/metrics', remoteAddress, headers });
    const told = ({ body }: typeof nothing) => (JSON.parse(body) as { error: { message: string } }).error.message;
    if (status === 404) expect(told(figures)).toBe(told(nothing));
    expect((await app.inject({ url: '/health', remoteAddress, headers })).statusCode).toBe(200);
  });

  it('describes itself and shows a page', async () => {
    const document = (await (await fetch(`${base}/docs/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(document.paths)).toContain('/api/notes');
    const page = await fetch(`${base}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});

describe('an address', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1:49152', '192.0.2.1'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
    ['not an address', 'not an address'],
    ['192.0.2.1:80:80', '192.0.2.1:80:80'],
  ])('%s is %s', (given, canonical) => {
    expect(canonicalAddress(given)).toBe(canonical);
  });

  it('is counted by its /64 when it has 2^64 neighbours of the same owner', () => {
    const network = addressNetwork('2001:db8:1:2:3:4:5:6');
    expect(network).toBe('2001:db8:1:2::/64');
    expect(addressNetwork('2001:DB8:1:2:ffff::1')).toBe(network);
    expect(addressNetwork('192.0.2.7')).toBe('192.0.2.7');
  });
});

describe('the name of a request', () => {
  const nameOf = requestNames(['10.0.0.0/8', '::1']);
  const named = (id: string | undefined, from: string) =>
    nameOf({ headers: id === undefined ? {} : { 'x-request-id': id }, socket: { remoteAddress: from } as Socket });

  it.each(['10.1.2.3', '::ffff:10.1.2.3', '::1'])('is what the trusted proxy at %s says', (from) => {
    expect(named('abcdefgh-1', from)).toBe('abcdefgh-1');
  });

  it.each([
    ['a stranger says one', 'abcdefgh-1', '192.0.2.1'],
    ['it says none', undefined, '10.1.2.3'],
    ['it is too short to be one', 'abc', '10.1.2.3'],
    ['it would break a line', 'abcdefgh\r\nx: 1', '10.1.2.3'],
    ['it is longer than any', 'a'.repeat(129), '10.1.2.3'],
  ])('is new where %s', (_, id, from) => {
    expect(named(id, from)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
});

describe('settings of traces', () => {
  const read = (env: Record<string, string>) => {
    const fields = loadConfig(defineConfig(tracingFields, tracingIsSound), env);
    return tracingOf(fields, { service: 'sample', version: '1.0.0' });
  };
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

  it('are none until a collector is named, and none where they are switched off', () => {
    expect(read({})).toBeUndefined();
    expect(read({ ...on, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  it('have the names and meanings OpenTelemetry gives them', () => {
    expect(read(on)).toMatchObject({ endpoint: 'http://collector:4318/v1/traces', service: 'sample', ratio: 1 });
    const more = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/x',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b, x-tenant=7',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    };
    expect(read({ ...on, ...more })).toMatchObject({
      endpoint: 'https://c/x',
      headers: { 'x-key': 'a b', 'x-tenant': '7' },
      attributes: { 'deployment.environment.name': 'prod' },
      ...{ service: 'shop', sampler: 'parentbased_traceidratio', ratio: 0.01 },
    });
  });

  it.each([
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=%zz'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ])('are refused by name where %s makes no sense', (name, value) => {
    const refused = () => read({ ...on, [name]: value });
    expect(refused).toThrow(name);
    expect(refused).not.toThrow(value);
  });
});
