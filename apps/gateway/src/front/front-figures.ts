import type { ErrorCode } from '@gatehouse/contracts';
import type { Metrics } from '@gatehouse/observability';
import type { OpenRequests } from './open-requests.js';

/** What the front door counts. */
export class FrontFigures {
  private readonly refusals;

  constructor(metrics: Metrics, open: OpenRequests) {
    this.refusals = metrics.counter({
      name: 'gateway_refusals_total',
      help: 'Requests the gateway refused before any upstream was asked, by route and code',
      labels: ['route', 'code'],
    });
    metrics.gauge({ name: 'gateway_open_requests', help: 'Requests, streams and sockets under way' }, () => open.size);
  }

  refused(route: string, code: ErrorCode): void {
    this.refusals.inc({ route, code });
  }
}
