import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { testFolder } from '@gatehouse/testing';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ts from 'typescript';
import { createSessionValidator } from '../../src/create-session-validator.js';
import { requireAuth } from '../../src/http/index.js';
import { openTelemetry, SPAN_NAME, TRACER_NAME } from '../../src/otel/open-telemetry.js';
import { DoorRig } from '../doors/door-rig.js';
import { AsyncContextManager } from './async-context-manager.js';

let exporter: InMemorySpanExporter;
let rig: DoorRig;

beforeEach(async () => {
  exporter = new InMemorySpanExporter();
  rig = new DoorRig();
  rig.use(createSessionValidator(rig.config));
  rig.feed.beat();
  await apiFound();
});
afterEach(async () => {
  trace.disable();
  context.disable();
  await rig.close();
});

/** The API is looked for in the background. */
const apiFound = () => new Promise((resolve) => setImmediate(resolve));

function register(): void {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
}

function finished(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

describe('with a tracer provider', () => {
  it('each decision is a span that says how it came out, and on what grounds', () => {
    register();
    const { token, claims } = rig.signIn();
    const { validator } = rig;
    validator.check(token);
    validator.check(token);
    rig.feed.revoke({ scope: 'sid', value: claims.sid });
    rig.time.advance(2_500);
    validator.check(token);
    validator.check('nonsense');
    const attributes = (decision: string, warm: boolean, entries: number, age: number) => ({
      'session_validator.decision': decision,
      'session_validator.warm': warm,
      'session_validator.replica_entries': entries,
      'session_validator.feed_age_seconds': age,
    });
    expect(finished().map((span) => span.attributes)).toEqual([
      attributes('OK', false, 0, 0),
      attributes('OK', true, 0, 0),
      attributes('SESSION_REVOKED', true, 1, 2.5),
      attributes('TOKEN_INVALID', false, 1, 2.5),
    ]);
    expect(new Set(finished().map(({ name }) => name))).toEqual(new Set([SPAN_NAME]));
    expect(finished()[0]?.instrumentationScope.name).toBe(TRACER_NAME);
  });

  it('no span holds a token, a claim or an id', async () => {
    register();
    const { token, claims } = rig.signIn({ roles: ['r0le-of-mine'], scope: 'sc0pe-of-mine' });
    await rig.validator.validateAccessToken(token);
    const [span] = finished();
    const told = JSON.stringify([span?.name, span?.attributes, span?.events, span?.links, span?.status]);
    for (const secret of [...token.split('.'), claims.sid, claims.jti, claims.sub, 'r0le-of-mine', 'sc0pe-of-mine']) {
      expect(told).not.toContain(secret);
    }
  });

  it('a refused token is no error of the service; not to know is', () => {
    register();
    const { token } = rig.signIn();
    rig.validator.check('nonsense');
    rig.time.advance(60_000);
    rig.validator.check(token, { freshness: 'closed' });
    expect(finished().map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
  });

  it('the span is a child of the one the request runs in, also when a key has to be waited for', async () => {
    register();
    context.setGlobalContextManager(new AsyncContextManager());
    const listener = requireAuth(rig.validator, (_request, response) => response.end('ok'));
    const tracer = trace.getTracer('server');
    const server = createServer((request, response) => {
      const span = tracer.startSpan('GET /');
      response.once('finish', () => span.end());
      context.with(trace.setSpan(context.active(), span), () => listener(request, response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const token of [rig.signIn().token, (rig.issuer.rotate(), rig.signIn().token)]) {
      exporter.reset();
      const response = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization: `Bearer ${token}` } });
      expect(await response.text()).toBe('ok');
      const [check, request] = finished();
      expect([check?.name, request?.name]).toEqual([SPAN_NAME, 'GET /']);
      expect(check?.attributes).toMatchObject({ 'session_validator.decision': 'OK' });
      expect(check?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    }
    server.closeAllConnections();
    server.close();
  });

  it('spans begin when one is registered and end when it goes, without a restart', () => {
    const { token } = rig.signIn();
    rig.validator.check(token);
    expect(finished()).toHaveLength(0);
    register();
    rig.validator.check(token);
    expect(finished()).toHaveLength(1);
    trace.disable();
    rig.validator.check(token);
    expect(finished()).toHaveLength(1);
  });

  it('none is made when the service does not want them', async () => {
    register();
    const quiet = createSessionValidator({ ...new DoorRig().config, tracing: false });
    await apiFound();
    quiet.check('nonsense');
    expect(finished()).toHaveLength(0);
    await quiet.close();
  });

  it('a tracer that throws does not decide who gets in', () => {
    const broken = () => {
      throw new Error('tracer out of order');
    };
    const { token } = rig.signIn();
    trace.setGlobalTracerProvider({ getTracer: broken });
    expect(rig.validator.check(token).ok).toBe(true);
    trace.disable();
    const startSpan = () => ({ setAttributes: broken, end: broken }) as never;
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: broken }) });
    expect(rig.validator.check(token).ok).toBe(true);
  });
});

describe('without a tracer provider', () => {
  it('no span is opened, not even one that drops everything', async () => {
    const tracing = openTelemetry();
    await apiFound();
    expect(tracing.open()).toBeUndefined();
    register();
    expect(tracing.open()).toBeDefined();
  });
});

describe('without the API', () => {
  it('tokens are judged as ever, and no rejection is left over', async () => {
    const absent = openTelemetry(() => import('@opentelemetry/not-installed' as '@opentelemetry/api'));
    await apiFound();
    expect(absent.open()).toBeUndefined();
  });

  it('in a process that cannot find it, nothing is traced and nothing is said', () => {
    const folder = testFolder('no-otel');
    const source = readFileSync(join(__dirname, '../../src/otel/open-telemetry.ts'), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(join(folder, 'open-telemetry.mjs'), outputText);
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { openTelemetry } from './open-telemetry.mjs';
       await import('@opentelemetry/api').then(() => { throw new Error('it is there'); }, () => undefined);
       const tracing = openTelemetry();
       await new Promise((resolve) => setTimeout(resolve, 50));
       process.stdout.write(String(tracing.open()));`,
    );
    expect(execFileSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' })).toBe('undefined');
  });
});
