import { eventually, startTraceReceiver, testFolder, type ReceivedSpan, type TraceReceiver } from '@gatehouse/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from './harness/app-process.js';
import { GatewaySite, type SignedIn } from './harness/gateway-site.js';
import { ask } from './harness/http.js';

/** Prints which packages of OpenTelemetry a process holds when it ends. */
const TELL_WHAT_IS_LOADED = `
import { Module } from 'node:module';
const packageOf = (path) => /@opentelemetry[/\\\\]([\\w-]+)/.exec(path)?.[1];
process.on('exit', () => {
  const names = new Set(Object.keys(Module._cache).map(packageOf));
  console.log('loaded:' + [...names].filter(Boolean).sort().join(' '));
});
`;

let receiver: TraceReceiver;
let site: GatewaySite;
let signedIn: SignedIn;
let preload: Readonly<Record<string, string>>;
/** What a stranger says: nothing of it may become ours. */
const STRANGER = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'theirs=1' };
const SCRIPT = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' };

beforeAll(async () => {
  receiver = await startTraceReceiver();
  const file = join(testFolder('preload'), 'tell.mjs');
  writeFileSync(file, TELL_WHAT_IS_LOADED);
  preload = { NODE_OPTIONS: `--import=${file}` };
  const env = {
    ...preload,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  // The services believe the gateway; the gateway believes nobody.
  const behind = { ...env, TRACE_CONTEXT_FROM: '127.0.0.1', TRUSTED_PROXIES: '127.0.0.1' };
  site = await GatewaySite.start({ authEnv: behind, ordersEnv: behind, gatewayEnv: env });
  signedIn = await site.signIn();
}, 120_000);
afterAll(async () => {
  await site?.stop();
  await receiver?.close();
});

const namesBelow = (spans: readonly ReceivedSpan[], parent: ReceivedSpan) =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).map(({ name }) => name);

/** The whole trace of the last request the gateway answered on this route, once it holds `needed`. */
async function traceOf(route: string, ...needed: string[]): Promise<ReceivedSpan[]> {
  return eventually(
    () => {
      const root = receiver.spans.findLast(({ service, name }) => service === 'gateway' && name === route);
      const trace = receiver.spans.filter(({ traceId }) => traceId === root?.traceId);
      expect(trace.map(({ service, name }) => `${service}: ${name}`)).toEqual(expect.arrayContaining(needed));
      return trace;
    },
    { timeoutMs: 15_000 },
  );
}

function only(spans: readonly ReceivedSpan[], service: string, name: string, kind = 'server'): ReceivedSpan {
  const found = spans.filter((span) => span.service === service && span.name === name && span.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
}

it('one sign-in is one trace, from the gateway to auth to MySQL and Redis', async () => {
  const route = 'GET /_gw/callback/:provider';
  const signIn = 'POST /api/v1/internal/federated-sign-in';
  const spans = await traceOf(route, `auth: ${signIn}`, 'auth: EVALSHA', 'auth: COMMIT');
  const root = only(spans, 'gateway', route);
  expect(root).not.toHaveProperty('parentSpanId');
  const call = only(spans, 'gateway', signIn, 'client');
  expect(call.parentSpanId).toBe(root.spanId);
  expect(call.attributes).toMatchObject({ 'url.template': '/api/v1/internal/federated-sign-in' });
  const asked = only(spans, 'auth', signIn);
  expect(asked.parentSpanId).toBe(call.spanId);
  const below = namesBelow(spans, asked);
  expect(below).toEqual(expect.arrayContaining(['session_validator.check', 'EVALSHA', 'COMMIT']));
  expect(below.some((name) => /^(?:INSERT|SELECT) users$/.test(name))).toBe(true);
  // Nothing stands beside the tree.
  const known = new Set(spans.map(({ spanId }) => spanId));
  expect(spans.filter((span) => span !== root && !known.has(span.parentSpanId ?? ''))).toEqual([]);
  const systems = new Set(spans.map(({ attributes }) => attributes['db.system.name']));
  expect([...systems].filter(Boolean).sort()).toEqual(['mysql', 'redis']);
});

it('a request to a service is one trace, whatever its client says of traces, and its lines name it', async () => {
  const headers = { ...SCRIPT, ...STRANGER, cookie: signedIn.cookie };
  const answer = await ask(`${site.origin}/api/orders`, { headers });
  expect(answer.status).toBe(200);
  const needed = ['orders: GET /api/orders', 'orders: session_validator.check'];
  const spans = await traceOf('GET /api/**', ...needed);
  const root = only(spans, 'gateway', 'GET /api/**');
  expect(root).not.toHaveProperty('parentSpanId');
  expect(root.links).toEqual([{ traceId: STRANGER.traceparent.slice(3, 35), spanId: '00f067aa0ba902b7' }]);
  const call = only(spans, 'gateway', 'GET', 'client');
  expect(call).toMatchObject({ parentSpanId: root.spanId, attributes: { 'http.response.status_code': 200 } });
  const asked = only(spans, 'orders', 'GET /api/orders');
  expect(asked).toMatchObject({ parentSpanId: call.spanId, links: [] });
  expect(namesBelow(spans, asked)).toContain('session_validator.check');
  const names = [root, asked].map(({ attributes }) => attributes['gatehouse.request_id']);
  expect(new Set(names)).toEqual(new Set([answer.headers['x-request-id']]));
  const [orders] = site.system.orders;
  await eventually(() => {
    const line = orders!
      .output()
      .split('\n')
      .find((text) => text.includes(`"span_id":"${asked.spanId}"`));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ msg: 'request', trace_id: root.traceId, route: '/api/orders' });
  });
});

it('probes leave no trace', () => {
  const routes = new Set(receiver.spans.map(({ attributes }) => attributes['http.route']));
  expect([...routes].filter((route) => /^\/(?:health|ready|metrics)/.test(String(route)))).toEqual([]);
});

it('no span holds a password, token, secret, address or query (R207)', async () => {
  const { status } = await ask(`${site.origin}/api/orders?secret=hunter2`, {
    headers: { ...SCRIPT, cookie: signedIn.cookie },
  });
  expect(status).toBe(400);
  await eventually(() => {
    const refused = receiver.spans.filter(({ attributes }) => attributes['http.response.status_code'] === 400);
    expect(new Set(refused.map(({ service }) => service))).toEqual(new Set(['gateway', 'orders']));
  });
  const text = receiver.bodies.join('\n');
  expect(text.length).toBeGreaterThan(10_000);
  expect(site.system.vault.findIn(text)).toEqual([]);
  expect(text).not.toMatch(/hunter2|[?&]code=|@[\w-]+\.(?:test|example|com)\b/);
});

it('a collector that hangs, and then is gone, harms no request and no shutdown; off, nothing of OpenTelemetry is loaded', async () => {
  receiver.answerWith(0);
  await site.signIn();
  await receiver.close();
  const { browser } = await site.signIn();
  expect((await browser.go('/api/orders')).status).toBe(200);
  const off = await AppProcess.launch('orders', {
    ...preload,
    REDIS_URL: site.system.redis.url,
    AUTH_TRUST_ANCHOR: site.system.trustAnchor,
    DATA_DIR: testFolder('orders-off'),
  });
  const [traced] = site.system.orders;
  const codes = await Promise.all([off.stop(), traced!.stop(), ...site.gateways.map((one) => one.stop())]);
  expect(new Set(codes)).toEqual(new Set([0]));
  const loaded = (app: AppProcess) => /^loaded:(.*)$/m.exec(app.output())?.[1]?.split(' ') ?? [];
  expect(loaded(traced!)).toEqual(expect.arrayContaining(['sdk-trace', 'exporter-trace-otlp-http']));
  // The API alone: the validator looks whether anybody traces.
  expect(loaded(off)).toEqual(['api']);
});
