import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { UpstreamSettings } from '../src/config/gateway-settings.js';
import { canonicalPath } from '../src/paths/canonical-path.js';
import type { Route } from '../src/routes/route.js';
import type { ForwardOutcome, ForwardPlan } from '../src/proxy/forward.port.js';
import { UndiciForwarder, type UndiciForwarderOptions } from '../src/proxy/undici-forwarder.js';

export interface ProxyOptions extends UndiciForwarderOptions {
  readonly route?: Partial<Route>;
  readonly plan?: Partial<ForwardPlan> | ((request: IncomingMessage) => Partial<ForwardPlan>);
  readonly upstream?: Partial<UpstreamSettings>;
}

/** A forwarder behind a real server, with the least a front door does: it reads the path and makes a plan. */
export interface TestProxy {
  readonly port: number;
  readonly url: string;
  readonly forwarder: UndiciForwarder;
  readonly outcomes: ForwardOutcome[];
  readonly server: Server;
  close(): Promise<void>;
}

export function aRoute(given: Partial<Route> = {}): Route {
  return {
    id: 'ANY /**',
    upstream: 'app',
    access: { kind: 'none' },
    identity: { kind: 'none' },
    acceptBearer: false,
    csrf: false,
    webSocket: true,
    webSocketOrigins: [],
    timeouts: { connectMs: 2_000, headersMs: 5_000, idleMs: 5_000 },
    bodyLimitBytes: 1_000_000,
    retries: 0,
    onStoreDown: { kind: 'deny' },
    ...given,
  };
}

export function anUpstream(targets: readonly string[], given: Partial<UpstreamSettings> = {}): UpstreamSettings {
  return {
    name: 'app',
    targets: targets.map((target) => new URL(target)),
    balance: 'least-requests',
    maxConnectionsPerTarget: 50,
    keepAliveMs: 4_000,
    ejection: { failures: 1_000, forMs: 1_000 },
    breaker: { failures: 1_000, openMs: 1_000 },
    ...given,
  };
}

export async function startProxy(targets: readonly string[], options: ProxyOptions = {}): Promise<TestProxy> {
  const { route, plan, upstream, ...rest } = options;
  const forwarder = new UndiciForwarder({ drainDeadlineMs: 500, ...rest });
  await forwarder.configure([anUpstream(targets, upstream)]);
  const outcomes: ForwardOutcome[] = [];
  const planOf = (request: IncomingMessage): ForwardPlan | undefined => {
    const target = canonicalPath(request.url ?? '');
    if (target.kind === 'refused') return undefined;
    return {
      route: aRoute(route),
      target: target.path + target.query,
      identityHeaders: [],
      client: { address: '192.0.2.7', proto: 'https', host: 'app.example.com' },
      ownCookies: ['__Host-gw'],
      requestId: 'request-0001',
      ...(typeof plan === 'function' ? plan(request) : plan),
    };
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const made = planOf(request);
    if (made) void forwarder.forward(request, response, made).then((outcome) => outcomes.push(outcome));
    else response.writeHead(400, { connection: 'close' }).end();
  };
  const server = createServer(handle);
  server.on('checkContinue', handle);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const made = planOf(request);
    if (made) void forwarder.upgrade(request, socket, head, made).then((outcome) => outcomes.push(outcome));
    else socket.destroy();
  });
  const port = await listen(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    forwarder,
    outcomes,
    server,
    close: async () => {
      server.close();
      await forwarder.close();
      server.closeAllConnections();
    },
  };
}

export async function listen(server: Server | import('node:net').Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
