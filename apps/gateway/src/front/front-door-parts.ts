import type { Clock } from '@gatehouse/kernel';
import type { Logger, Tracing } from '@gatehouse/observability';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PathRules } from '../paths/canonical-path.js';
import type { Forwarder } from '../proxy/forward.port.js';
import type { RouteTable } from '../routes/route.js';
import type { GatewaySessions } from '../sessions/gateway-session.js';
import type { FrontFigures } from './front-figures.js';
import type { Gate } from './gate.js';
import type { OpenRequests } from './open-requests.js';
import type { RefusalAnswers } from './refusal-answers.js';
import type { TrustedPeers } from './trusted-peers.js';

/** What the front door stands between. */
export interface FrontDoorParts {
  readonly gate: Gate;
  readonly sessions: GatewaySessions;
  readonly forwarder: Forwarder;
  readonly refusals: RefusalAnswers;
  readonly open: OpenRequests;
  /** The table in force now. */
  readonly routes: () => RouteTable;
  readonly peers: TrustedPeers;
  readonly publicUrl: URL;
  /** @default all that is ambiguous is refused */
  readonly paths?: PathRules | undefined;
  /** Never sent upstream, nor taken from there. */
  readonly ownCookies: readonly string[];
  /** Serves the gateway's own paths. */
  readonly own: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether the process has been asked to end. */
  readonly isEnding: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @default no traces */
  readonly tracing?: Tracing | undefined;
  readonly figures: FrontFigures;
}
