import { SystemClock } from '@gatehouse/kernel';
import { type Drain, ReadinessProbe, type Readiness } from '@gatehouse/nest-kit';
import { Metrics, silentLogger } from '@gatehouse/observability';
import { MemoryRateLimiter, MonotonicClock } from '@gatehouse/rate-limit/memory';
import { createOidcClient, type ProviderSettings } from '@gatehouse/oidc';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { buildFront } from '../src/build-front.js';
import type { GatewaySettings, UpstreamSettings } from '../src/config/gateway-settings.js';
import type { LoginLimits } from '../src/login/login-limit.js';
import type { PathRules } from '../src/paths/canonical-path.js';
import { Forwarder, type ForwardOutcome, type ForwardPlan } from '../src/proxy/forward.port.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteTable } from '../src/routes/route.js';
import { MemoryPendingLogins } from '../src/sessions/adapters/memory-pending-logins.js';
import { PendingLogins } from '../src/sessions/pending-logins.port.js';
import { aRoute, aTable } from './a-route.js';
import { Browser } from './browser.js';
import { FakeSessions } from './fake-sessions.js';

export const ORIGIN = 'https://app.test';

/** An upstream that says what it was told. */
class Echo extends Forwarder {
  async forward(_: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardOutcome> {
    response.end(JSON.stringify({ target: plan.target, identity: plan.identityHeaders }));
    return { status: 200, attempts: 1 };
  }

  async upgrade(): Promise<ForwardOutcome> {
    return { status: 501, attempts: 0 };
  }

  async configure(): Promise<void> {
    return undefined;
  }

  async close(): Promise<void> {
    return undefined;
  }
}

class Ready extends ReadinessProbe {
  async check(): Promise<Readiness> {
    return { status: 'ready', checks: {} };
  }
}

/** Forgets on demand that there is a store. */
export class FragilePending extends PendingLogins {
  failure: Error | undefined;
  readonly kept: string[] = [];
  private readonly inner = new MemoryPendingLogins(new SystemClock());

  async keep(login: Parameters<PendingLogins['keep']>[0]): Promise<void> {
    if (this.failure) throw this.failure;
    this.kept.push(JSON.stringify(login));
    return this.inner.keep(login);
  }

  async take(state: string): ReturnType<PendingLogins['take']> {
    if (this.failure) throw this.failure;
    return this.inner.take(state);
  }
}

export interface StartedFront {
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  readonly port: number;
  readonly sessions: FakeSessions;
  readonly pending: FragilePending;
  readonly metrics: Metrics;
  browser(): Browser;
  close(): Promise<void>;
}

/** The gateway without the rooms behind it: real pages, real logins at a provider, sessions of this test. */
export async function startFront(
  providers: Readonly<Record<string, ProviderSettings>>,
  table: RouteTable = aTable(aRoute({ id: 'ANY /' })),
  given: {
    readonly forwarder?: Forwarder;
    readonly upstreams?: readonly UpstreamSettings[];
    /** Names no provider that pages go to: people choose. */
    readonly choose?: boolean;
    readonly logins?: LoginLimits;
    readonly paths?: PathRules;
  } = {},
): Promise<StartedFront> {
  const sessions = new FakeSessions();
  const pending = new FragilePending();
  const metrics = new Metrics('gateway', { processFigures: false });
  const settings: GatewaySettings = {
    server: {
      ...{ host: '127.0.0.1', port: 0, publicUrl: new URL(ORIGIN), trustedProxies: ['127.0.0.1'] },
      logins: given.logins ?? { perNetwork: 10_000, inAll: 10_000 },
      ...{ headerLimitBytes: 16_384, drainDelayMs: 0, drainDeadlineMs: 1_000, paths: given.paths ?? {} },
    },
    auth: {} as GatewaySettings['auth'],
    defaultProvider: given.choose ? undefined : Object.keys(providers)[0],
    providers: new Map(Object.entries(providers)),
    session: { cookieName: '__Host-gw' } as GatewaySettings['session'],
    forwardAuth: { enabled: true },
    ...{ production: true, logLevel: 'silent', insideNetworks: ['127.0.0.0/8'] },
    routing: { table, upstreams: given.upstreams ?? [] },
  };
  const { app, drain } = await buildFront(settings, {
    ...{ clock: new SystemClock(), logger: silentLogger, metrics, sessions, pending },
    limiter: new MemoryRateLimiter(new MonotonicClock()),
    ...{ forwarder: given.forwarder ?? new Echo(), readiness: new Ready(), close: async () => undefined },
    providers: new Map(Object.entries(providers).map(([name, one]) => [name, createOidcClient(name, one)])),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    ...{ app, drain, port, sessions, pending, metrics },
    browser: () => new Browser(ORIGIN, port),
    close: () => app.close(),
  };
}
