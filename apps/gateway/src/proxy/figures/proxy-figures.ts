import type { ForwardOutcome } from '../forward.port.js';
import type { BreakerState } from '../upstreams/breaker.js';
import type { Target } from '../upstreams/target.js';
import type { Upstream } from '../upstreams/upstream.js';
import { Durations } from './durations.js';
import { Family, label } from './family.js';

interface RouteFigures {
  readonly labels: string;
  /** By first digit of the status; 0 where there was none. */
  readonly byClass: number[];
  attempts: number;
  readonly errors: Map<string, number>;
  readonly durations: Durations;
}

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/** What the proxy has done, and how its pools stand, as Prometheus text. Kept by hand: counting must cost a request next to nothing. */
export class ProxyFigures {
  private readonly routes = new Map<string, RouteFigures>();

  constructor(private readonly upstreams: () => Iterable<Upstream>) {}

  /** @param seconds - how long it took, for what has an answer that ends */
  note(route: string, upstream: string, { status, attempts, error }: ForwardOutcome, seconds?: number): void {
    let figures = this.routes.get(route);
    if (!figures) {
      const labels = `${label('route', route)},${label('upstream', upstream)}`;
      this.routes.set(
        route,
        (figures = { labels, byClass: [0, 0, 0, 0, 0, 0], attempts: 0, errors: new Map(), durations: new Durations() }),
      );
    }
    const digit = Math.floor(status / 100);
    figures.byClass[digit] = (figures.byClass[digit] ?? 0) + 1;
    figures.attempts += attempts;
    if (error) figures.errors.set(error, (figures.errors.get(error) ?? 0) + 1);
    if (seconds !== undefined) figures.durations.note(seconds);
  }

  text(): string {
    return [...this.ofRoutes(), ...this.ofTargets()].map(String).join('');
  }

  private ofRoutes(): Family[] {
    const requests = new Family(
      'gateway_requests_total',
      'counter',
      'Requests passed on, by class of the status answered',
    );
    const attempts = new Family(
      'gateway_upstream_attempts_total',
      'counter',
      'Attempts at upstreams, retries included',
    );
    const errors = new Family(
      'gateway_upstream_errors_total',
      'counter',
      'Requests that did not get an answer to pass on',
    );
    const durations = new Family(
      'gateway_request_duration_seconds',
      'histogram',
      'Time until a request was answered to its end, WebSockets left out',
    );
    for (const { labels, byClass, attempts: made, errors: failed, durations: taken } of this.routes.values()) {
      taken.tell((suffix, own, value) => durations.add(own === '' ? labels : `${labels},${own}`, value, suffix));
      byClass.forEach((count, digit) => {
        if (count > 0) requests.add(`${labels},${label('status', digit === 0 ? 'none' : `${digit}xx`)}`, count);
      });
      attempts.add(labels, made);
      for (const [error, count] of failed) errors.add(`${labels},${label('error', error)}`, count);
    }
    return [requests, attempts, errors, durations];
  }

  private ofTargets(): Family[] {
    const active = new Family('gateway_pool_active', 'gauge', 'Requests that are on a connection');
    const idle = new Family('gateway_pool_idle', 'gauge', 'Connections that wait for a request');
    const waiting = new Family('gateway_pool_waiting', 'gauge', 'Requests that wait for a connection');
    const upgraded = new Family('gateway_pool_upgraded', 'gauge', 'Connections that speak WebSocket');
    const healthy = new Family('gateway_target_healthy', 'gauge', '1 while active checks find the target well');
    const ejected = new Family('gateway_target_ejected', 'gauge', '1 while the target is left out for its failures');
    const breaker = new Family('gateway_target_breaker', 'gauge', '1 at the state the breaker of the target is in');
    for (const upstream of this.upstreams())
      for (const target of upstream.targets) {
        const labels = `${label('upstream', upstream.settings.name)},${label('target', target.origin)}`;
        const { running, free, pending } = target.pool.stats;
        active.add(labels, running);
        idle.add(labels, free);
        waiting.add(labels, pending);
        upgraded.add(labels, target.upgraded);
        healthy.add(labels, Number(target.healthy));
        ejected.add(labels, Number(target.ejected));
        for (const state of BREAKER_STATES) breaker.add(`${labels},${label('state', state)}`, stateOf(target, state));
      }
    return [active, idle, waiting, upgraded, healthy, ejected, breaker];
  }
}

function stateOf({ breaker }: Target, state: BreakerState): number {
  return Number(breaker.state === state);
}
