import { Roster, SystemClock, type Clock } from '@gatehouse/kernel';
import { silentLogger, type Logger, type Metrics } from '@gatehouse/observability';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpstreamSettings } from '../config/gateway-settings.js';
import { answerProblem } from './answers/problem-answer.js';
import { responseOnSocket } from './answers/response-on-socket.js';
import { ProxyFigures } from './figures/proxy-figures.js';
import { Forwarder, type ForwardOutcome, type ForwardPlan } from './forward.port.js';
import { ConnectWatch } from './streams/connect-watch.js';
import { Exchange, type ExchangeNeeds } from './streams/exchange.js';
import { Upstreams } from './upstreams/upstreams.js';
import { isWebSocketHandshake, webSocketUpgrade } from './websocket/web-socket-upgrade.js';

export interface UndiciForwarderOptions {
  /** @default none is told */
  readonly logger?: Logger;
  /** Where the figures of routes and pools go. @default nowhere */
  readonly metrics?: Metrics;
  /** How long `close` waits for requests under way, in ms. @default 10000 */
  readonly drainDeadlineMs?: number;
  /** @default the system's */
  readonly clock?: Clock;
}

/** The proxy on undici's connection pools, one for each target. */
export class UndiciForwarder extends Forwarder {
  private readonly needs: ExchangeNeeds;
  private readonly upstreams: Upstreams;
  private readonly figures: ProxyFigures;
  private readonly drainDeadlineMs: number;
  private readonly underWay = new Roster<Exchange>();
  private whenIdle: (() => void) | undefined;

  constructor({ logger, metrics, clock, drainDeadlineMs }: UndiciForwarderOptions = {}) {
    super();
    const time = clock ?? new SystemClock();
    this.drainDeadlineMs = drainDeadlineMs ?? 10_000;
    this.upstreams = new Upstreams(time, logger ?? silentLogger);
    this.needs = { upstreams: this.upstreams, clock: time, watch: new ConnectWatch(time) };
    this.figures = new ProxyFigures(() => this.upstreams.all());
    metrics?.include(() => this.figures.text());
  }

  override forward(request: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardOutcome> {
    return this.follow(new Exchange(this.needs, request, response, plan), plan, performance.now());
  }

  override upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, plan: ForwardPlan): Promise<ForwardOutcome> {
    const response = responseOnSocket(request, socket);
    if (!isWebSocketHandshake(request)) {
      answerProblem(request, response, 'VALIDATION_ERROR', { requestId: plan.requestId });
      return Promise.resolve({ status: response.statusCode, attempts: 0 });
    }
    const upgrade = webSocketUpgrade(socket, head, plan);
    return this.follow(new Exchange(this.needs, request, response, plan, upgrade), plan);
  }

  override configure(upstreams: readonly UpstreamSettings[]): Promise<void> {
    this.upstreams.configure(upstreams);
    return Promise.resolve();
  }

  override async close(): Promise<void> {
    for (const exchange of this.underWay) exchange.goAway();
    await this.idleOr(this.drainDeadlineMs);
    for (const exchange of this.underWay) exchange.cut();
    await this.upstreams.destroy();
  }

  /** @param startedMs - of what is timed: a WebSocket is open for as long as people like */
  private follow(exchange: Exchange, { route }: ForwardPlan, startedMs?: number): Promise<ForwardOutcome> {
    const place = this.underWay.enter(exchange);
    return new Promise((resolve) => {
      exchange.run((outcome) => {
        this.underWay.leave(place);
        if (this.underWay.size === 0) this.whenIdle?.();
        const seconds = startedMs === undefined ? undefined : (performance.now() - startedMs) / 1000;
        this.figures.note(route.id, route.upstream, outcome, seconds);
        resolve(outcome);
      });
    });
  }

  private async idleOr(deadlineMs: number): Promise<void> {
    if (this.underWay.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
