import type { IncomingSpan } from '@gatehouse/observability';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Route } from '../routes/route.js';

/** As much of an `AbortSignal` as is needed, so that one will do. Each request has one, and a whole one is dear. */
export interface EndSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** One request on its way to an upstream. Whoever makes it has matched, authenticated and authorised it. */
export interface ForwardPlan {
  readonly route: Route;
  /** Canonical path after `stripPrefix`, with the query as it came: what is sent, to the byte. */
  readonly target: string;
  /** Set after everything of the client's was stripped: identity, `Authorization`. Lower-case names. */
  readonly identityHeaders: readonly (readonly [name: string, value: string])[];
  /** What the rightmost untrusted hop is, and how the browser came: for `X-Forwarded-*` and `Forwarded`. */
  readonly client: { readonly address: string; readonly proto: 'http' | 'https'; readonly host: string };
  /** Cookies of ours, never sent upstream nor taken from there. */
  readonly ownCookies: readonly string[];
  /** The session ended (any reason), or the gateway closes (reason `going-away`): whatever is open is closed. */
  readonly signal?: EndSignal;
  readonly requestId: string;
  /** Where attempts leave spans; upstreams then go on with our trace, not the client's. @default nowhere */
  readonly span?: IncomingSpan | undefined;
  /** Extra headers of the answer, e.g. a `Set-Cookie`. */
  readonly responseHeaders?: readonly (readonly [name: string, value: string])[];
}

export interface ForwardOutcome {
  readonly target?: string | undefined;
  readonly status: number;
  readonly attempts: number;
  readonly error?:
    'connect' | 'timeout' | 'reset' | 'body-too-large' | 'circuit-open' | 'no-target' | 'client-gone' | undefined;
}

/** The proxy room, as the front door sees it. Answers by itself, also where it fails (502, 503, 504, 413 as a problem). */
export abstract class Forwarder {
  abstract forward(request: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardOutcome>;
  /** For WebSockets. Closes with 4401 where the signal fires, with 1001 where its reason is `going-away`. */
  abstract upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, plan: ForwardPlan): Promise<ForwardOutcome>;
  /** Swaps pools and checks; requests under way finish on the old ones. */
  abstract configure(upstreams: readonly import('../config/gateway-settings.js').UpstreamSettings[]): Promise<void>;
  /** Ends what has no end of its own (WebSockets with 1001, event streams), lets the rest finish, and cuts it at the deadline. */
  abstract close(): Promise<void>;
}
