import type { ErrorCode } from '@gatehouse/contracts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { canonicalPath, type CanonicalPathOptions, type CanonicalTarget } from '../paths/canonical-path.js';
import { responseOnSocket } from '../proxy/answers/response-on-socket.js';
import type { ForwardOutcome } from '../proxy/forward.port.js';
import type { Route } from '../routes/route.js';
import { type Arrival, patternOf, within } from './arrival.js';
import { ForwardPlans } from './forward-plans.js';
import type { FrontDoorParts } from './front-door-parts.js';
import type { Judgement, Passed, Refused } from './gate.js';
import { OpenRequest } from './open-requests.js';
import { isOwnPath } from './own-paths.js';
import { requestIdOf } from './request-id.js';
import { saysOnce } from './single-headers.js';

/**
 * Where every request comes in, before any framework has seen it: one reading of the path, the route, who asks and whether they
 * may, then on to the upstream. Bodies are not touched here.
 */
export class FrontDoor {
  private isClosed = false;
  private readonly reading: CanonicalPathOptions;
  private readonly plans: ForwardPlans;

  constructor(private readonly parts: FrontDoorParts) {
    const { host } = parts.publicUrl;
    this.reading = { ...parts.paths, isOwnHost: (name) => name === host };
    this.plans = new ForwardPlans(parts);
  }

  /** From now on nothing more is begun. What is under way goes on. */
  close(): void {
    this.isClosed = true;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const arrival = this.arrive(request, response);
    try {
      this.pass(arrival)?.catch((error: unknown) => this.fail(arrival, error));
    } catch (error) {
      this.fail(arrival, error);
    }
  };

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const arrival = this.arrive(request, responseOnSocket(request, socket));
    this.passUpgrade(arrival, socket, head).catch((error: unknown) => {
      // Handed over already: there is nobody left who would answer on it.
      if (arrival.response.socket === null) socket.destroy();
      this.fail(arrival, error);
    });
  };

  private arrive(request: IncomingMessage, response: ServerResponse): Arrival {
    return { request, response, requestId: requestIdOf(request, this.parts.peers), startedMs: performance.now() };
  }

  /** Goes as far as it can at once: what waits for nothing makes no promise. */
  private pass(arrival: Arrival): Promise<void> | undefined {
    const { request, response } = arrival;
    const target = this.read(arrival);
    if (!target) return undefined;
    if (isOwnPath(target.path)) {
      request.url = target.path + target.query;
      this.parts.own(request, response);
      return undefined;
    }
    if (this.parts.isEnding()) response.setHeader('connection', 'close');
    return this.traced(request, () => this.decide(arrival, target));
  }

  private decide(arrival: Arrival, target: CanonicalTarget): Promise<void> | undefined {
    const route = this.find(arrival, target);
    if (!route) return undefined;
    const judgement = this.judge(arrival, route, false);
    return judgement instanceof Promise
      ? judgement.then((later) => this.proceed(arrival, target, route, later))
      : this.proceed(arrival, target, route, judgement);
  }

  private proceed(arrival: Arrival, target: CanonicalTarget, route: Route, judgement: Judgement): Promise<void> {
    if (judgement.kind === 'refuse') return this.sendAway(arrival, target, route, judgement);
    const { request, response, requestId } = arrival;
    return this.whileOpen(arrival, route, judgement, (signal) => {
      const plan = this.plans.planOf(request, { target, route, passed: judgement, requestId, signal });
      return this.parts.forwarder.forward(request, response, plan);
    });
  }

  private async passUpgrade(arrival: Arrival, socket: Duplex, head: Buffer): Promise<void> {
    const { request, response } = arrival;
    const target = this.read(arrival);
    if (!target) return;
    if (isOwnPath(target.path)) return this.refuse(arrival, 'NOT_FOUND');
    await this.traced(request, async () => {
      const route = this.find(arrival, target);
      if (!route) return;
      const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET';
      if (!isWebSocket || !route.webSocket) return this.refuse(arrival, 'VALIDATION_ERROR', route);
      const passed = await this.judge(arrival, route, true);
      if (passed.kind === 'refuse') return this.sendAway(arrival, target, route, passed);
      // From here on the socket is the forwarder's.
      response.detachSocket(socket as never);
      await this.whileOpen(arrival, route, passed, (signal) => {
        const plan = this.plans.planOf(request, { target, route, passed, requestId: arrival.requestId, signal });
        return this.parts.forwarder.upgrade(request, socket, head, plan);
      });
    });
  }

  /** From here on it is a request for an upstream, or would be one. Own pages begin their spans by themselves. */
  private traced<T>(request: IncomingMessage, work: () => T): T {
    const { tracing } = this.parts;
    return tracing ? tracing.incoming(request).run(work) : work();
  }

  /** @returns `undefined` once it has been answered. */
  private read(arrival: Arrival): CanonicalTarget | undefined {
    const { request } = arrival;
    const target = canonicalPath(request.url ?? '', this.reading);
    if (this.isClosed) this.refuse(arrival, 'NOT_READY', undefined, { connection: 'close', 'retry-after': '1' });
    else if (target.kind === 'refused') this.refuse(arrival, target.code);
    else if (!saysOnce(request.rawHeaders)) this.refuse(arrival, 'VALIDATION_ERROR');
    else return target;
    return undefined;
  }

  private find(arrival: Arrival, { path }: CanonicalTarget): Route | undefined {
    const match = this.parts.routes().match(arrival.request.method ?? '', path);
    if (match.kind === 'matched') return match.route;
    if (match.kind === 'unknown') this.refuse(arrival, 'NOT_FOUND');
    else this.refuse(arrival, 'METHOD_NOT_ALLOWED', undefined, { allow: match.allow.join(', ') });
    return undefined;
  }

  private judge({ request }: Arrival, route: Route, opensWebSocket: boolean): Judgement | Promise<Judgement> {
    const { method = '', headers } = request;
    return this.parts.gate.judge(route, { method, headers, opensWebSocket });
  }

  private async sendAway(
    arrival: Arrival,
    { path, query }: CanonicalTarget,
    route: Route,
    refused: Refused,
  ): Promise<void> {
    const { request, response, requestId } = arrival;
    this.parts.figures.refused(route.id, refused.code);
    const facts = { requestId, path: path + query, provider: route.provider, ipAddress: this.addressOf(request) };
    await this.parts.refusals.refused(request, response, refused, facts);
    this.log(arrival, route, response.statusCode);
  }

  private addressOf({ socket, headers }: IncomingMessage): string {
    return this.parts.peers.clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
  }

  /** Lets go of what is open the moment its session ends, whoever ends it. */
  private async whileOpen(
    arrival: Arrival,
    route: Route,
    { session }: Passed,
    forward: (signal: OpenRequest) => Promise<ForwardOutcome>,
  ): Promise<void> {
    const { open, sessions } = this.parts;
    const here = new OpenRequest(session?.expiresAtMs);
    const place = open.enter(here);
    const stop = session ? sessions.onEnded(session.sid, () => here.end()) : undefined;
    try {
      const { status } = await forward(here);
      this.log(arrival, route, status);
    } finally {
      stop?.();
      open.leave(place);
    }
  }

  private refuse(arrival: Arrival, code: ErrorCode, route?: Route, headers?: Record<string, string>): void {
    const { request, response, requestId } = arrival;
    this.parts.figures.refused(route?.id ?? 'unmatched', code);
    this.parts.refusals.say(request, response, code, { requestId, ...(headers ? { headers } : {}) });
    this.log(arrival, route, response.statusCode);
  }

  private fail(arrival: Arrival, error: unknown): void {
    const { request, response, requestId } = arrival;
    const span = this.parts.tracing?.known(request);
    within(span, () => this.parts.logger.error('request failed', { requestId, error }));
    if (!response.headersSent && response.socket !== null) return this.refuse(arrival, 'INTERNAL_ERROR');
    response.destroy();
    span?.end({ status: 500, requestId });
  }

  private log({ request, requestId, startedMs }: Arrival, route: Route | undefined, status: number): void {
    const ms = Math.round((performance.now() - startedMs) * 10) / 10;
    // The route, never the path or the query: those carry ids and whatever clients put there.
    const facts = { method: request.method, route: route?.id ?? 'unmatched', status, ms, requestId };
    const span = this.parts.tracing?.known(request);
    within(span, () => this.parts.logger.info('request', facts));
    span?.end({ status, requestId, route: route && patternOf(route) });
  }
}
