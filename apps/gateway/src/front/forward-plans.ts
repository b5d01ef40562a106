import type { IncomingMessage } from 'node:http';
import type { CanonicalTarget } from '../paths/canonical-path.js';
import type { EndSignal, ForwardPlan } from '../proxy/forward.port.js';
import type { Route } from '../routes/route.js';
import type { FrontDoorParts } from './front-door-parts.js';
import type { Passed } from './gate.js';
import { upstreamTarget } from './upstream-target.js';

/** What is decided about one request, beside the request itself. */
export interface Decided {
  readonly target: CanonicalTarget;
  readonly route: Route;
  readonly passed: Passed;
  readonly requestId: string;
  readonly signal: EndSignal;
}

/** Says how a request that may pass is passed on. */
export class ForwardPlans {
  private readonly proto: 'http' | 'https';
  private readonly host: string;

  constructor(private readonly parts: Pick<FrontDoorParts, 'publicUrl' | 'peers' | 'ownCookies' | 'tracing'>) {
    // Read once: a URL puts them together each time it is asked.
    const { protocol, host } = parts.publicUrl;
    this.proto = protocol === 'https:' ? 'https' : 'http';
    this.host = host;
  }

  planOf(request: IncomingMessage, { target, route, passed, requestId, signal }: Decided): ForwardPlan {
    const { peers, ownCookies, tracing } = this.parts;
    const { headers, socket } = request;
    const address = peers.clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
    return {
      route,
      target: upstreamTarget(target, route.stripPrefix),
      identityHeaders: passed.identity,
      // Our own address, whatever `Host` says: links that upstreams write with it must not lead to a stranger.
      client: { address, proto: this.proto, host: this.host },
      ownCookies,
      signal,
      requestId,
      span: tracing?.known(request),
    };
  }
}
