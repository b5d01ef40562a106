import type { Clock } from '@gatehouse/kernel';
import { createHttpApp, Drain, type ReadinessProbe } from '@gatehouse/nest-kit';
import type { Logger, Metrics, Tracing } from '@gatehouse/observability';
import type { OidcClient } from '@gatehouse/oidc';
import type { RateLimiter } from '@gatehouse/rate-limit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { RequestListener, Server } from 'node:http';
import { AppModule } from './app.module.js';
import type { GatewaySettings, Routing } from './config/gateway-settings.js';
import { ForwardAuth } from './forward-auth/forward-auth.js';
import { FrontDoor } from './front/front-door.js';
import { FrontFigures } from './front/front-figures.js';
import { Gate } from './front/gate.js';
import { OpenRequests } from './front/open-requests.js';
import { ownRequests } from './front/own-requests.js';
import { RefusalAnswers } from './front/refusal-answers.js';
import { TrustedPeers } from './front/trusted-peers.js';
import { serveUpgrades } from './front/upgrades.js';
import { LoginFinisher } from './login/finish-login.js';
import { LoginFigures } from './login/login-figures.js';
import { LoginLimit } from './login/login-limit.js';
import { Providers } from './login/providers.js';
import { Site } from './login/site.js';
import { LoginStarter } from './login/start-login.js';
import { takeForms } from './logout/http/take-forms.js';
import { ProviderLogout } from './logout/provider-logout.js';
import { SignOut } from './logout/sign-out.js';
import type { Forwarder } from './proxy/forward.port.js';
import type { GatewaySessions } from './sessions/gateway-session.js';
import type { PendingLogins } from './sessions/pending-logins.port.js';

/** The rooms behind the front door, with the adapters the composition root has chosen. */
export interface Rooms {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default no traces */
  readonly tracing?: Tracing | undefined;
  readonly sessions: GatewaySessions;
  readonly pending: PendingLogins;
  /** Counts the logins that are begun. */
  readonly limiter: RateLimiter;
  readonly forwarder: Forwarder;
  readonly providers: ReadonlyMap<string, OidcClient>;
  readonly readiness: ReadinessProbe;
  /** Lets go of everything, once nothing is under way any more. */
  readonly close: () => Promise<void>;
}

export interface BuiltFront {
  /** Not listening yet. */
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  /** Puts other routes and upstreams in force; what is under way finishes on the old ones. */
  readonly swap: (routing: Routing) => Promise<void>;
}

const SWEEP_MS = 1_000;

/** Puts the front door before the rooms, and the gateway's own pages beside it. */
export async function buildFront(settings: GatewaySettings, rooms: Rooms): Promise<BuiltFront> {
  const { server: at, session, defaultProvider, forwardAuth: asked } = settings;
  const { clock, logger, metrics, tracing, sessions, pending, forwarder } = rooms;
  const { publicUrl } = at;
  let { table } = settings.routing;
  const routes = () => table;

  const loginCookie = `${session.cookieName}-login`;
  const logoutCookie = `${session.cookieName}-logout`;
  const site = new Site(publicUrl);
  const drain = new Drain();
  const open = new OpenRequests();
  const peers = new TrustedPeers(at.trustedProxies);
  const providers = new Providers(rooms.providers, defaultProvider, labelsOf(settings.providers));
  const figures = new LoginFigures(metrics);
  const { paths } = at;
  const where = { publicUrl, loginCookie, paths };
  const limit = new LoginLimit(rooms.limiter, at.logins);
  const starter = new LoginStarter(providers, pending, routes, clock, where, limit);
  const finisher = new LoginFinisher(providers, pending, sessions, clock, where, { logger, figures });
  const gate = new Gate(sessions, clock, { origin: site.origin, cookieName: session.cookieName });

  let forwarding: Promise<void> | undefined;
  const module = AppModule.of({
    ...{ clock, metrics, logger, drain, sessions, peers, site, starter, finisher },
    readiness: rooms.readiness,
    signOut: new SignOut(sessions, providers, { publicUrl, logoutCookie }, logger, figures),
    providerLogout: new ProviderLogout(providers, sessions, figures, fixedIssuers(settings.providers)),
    forwardAuth: asked.enabled ? new ForwardAuth(gate, routes, peers, publicUrl, paths) : undefined,
    beforeClose: () => {
      door.close();
      // Not waited for here: the server stops taking connections meanwhile, and waits for what is under way.
      forwarding = forwarder.close();
    },
    close: async () => {
      clearInterval(sweeping);
      await forwarding;
      await rooms.close();
    },
  });
  const app = await createHttpApp(module, {
    ...{ logger, metrics, tracing, drain, trustedProxies: at.trustedProxies, insideNetworks: settings.insideNetworks },
    maxHeaderBytes: at.headerLimitBytes,
    quietRoutes: ['/_gw/auth', '/_gw/session'],
  });
  takeForms(app.getHttpAdapter().getInstance() as unknown as FastifyInstance);

  const server = app.getHttpServer() as Server;
  const [nest] = server.listeners('request') as RequestListener[];
  if (!nest) throw new Error('the server has nobody who serves the gateway’s own pages');
  const door = new FrontDoor({
    ...{ gate, sessions, forwarder, open, routes, peers, publicUrl, paths, clock, logger, tracing },
    refusals: new RefusalAnswers(starter, { publicUrl, clearingCookie: sessions.clearingCookie }),
    ownCookies: [session.cookieName, loginCookie, logoutCookie],
    own: ownRequests(nest),
    isEnding: () => drain.started,
    figures: new FrontFigures(metrics, open),
  });
  standBefore(server, door);
  const sweeping = setInterval(() => open.endExpired(clock.nowMs()), SWEEP_MS).unref();
  const swap = async (routing: Routing) => {
    // Upstreams first: no route may lead to one that is not there yet.
    await forwarder.configure(routing.upstreams);
    table = routing.table;
  };
  await swap(settings.routing);
  return { app, drain, swap };
}

/** Every request meets the front door first; Nest gets what the door hands on. */
function standBefore(server: Server, door: FrontDoor): void {
  server.removeAllListeners('request');
  server.on('request', door.handle).on('checkContinue', door.handle);
  serveUpgrades(server, door);
  // An upload may take as long as it flows; what stands still is ended by the route's own limit.
  server.requestTimeout = 0;
}

function labelsOf(providers: GatewaySettings['providers']): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, { displayName }] of providers) if (displayName !== undefined) labels.set(name, displayName);
  return labels;
}

function fixedIssuers(providers: GatewaySettings['providers']): Map<string, string> {
  const issuers = new Map<string, string>();
  for (const [name, settings] of providers) if (settings.type === 'oidc') issuers.set(name, settings.issuer);
  return issuers;
}
