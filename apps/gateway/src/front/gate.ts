import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { IncomingHttpHeaders } from 'node:http';
import { cookieValues } from '../login/browser-binding.js';
import type { Route } from '../routes/route.js';
import type { GatewaySessions, SessionLookup } from '../sessions/gateway-session.js';
import { decideAccess, type StepUp } from './access.js';
import { identityHeaders } from './identity-headers.js';
import { comesFromOwnPage, isSafeMethod, mayOpenWebSocket } from './own-pages.js';

/** One request, as far as it decides who may pass. */
export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly opensWebSocket: boolean;
}

export interface Passed {
  readonly kind: 'pass';
  /** What the upstream is told. */
  readonly identity: readonly (readonly [name: string, value: string])[];
  /** Whose end closes what is open; undefined where nobody is signed in. */
  readonly session?: { readonly sid: string; readonly expiresAtMs: number };
}

export interface Refused {
  readonly kind: 'refuse';
  readonly code: ErrorCode;
  readonly retryAfterSeconds?: number;
  /** Signing in would help. */
  readonly signIn: boolean;
  readonly stepUp?: StepUp;
  /** The session cookie leads nowhere: take it away. */
  readonly clearCookie: boolean;
}

export type Judgement = Passed | Refused;

const OPEN: Passed = { kind: 'pass', identity: [] };

const refuse = (code: ErrorCode, facts: Partial<Refused> = {}): Refused => ({
  ...{ kind: 'refuse', code, signIn: false, clearCookie: false },
  ...facts,
});

/** One token68 and nothing else (RFC 6750 §2.1). */
const BEARER = /^bearer +[A-Za-z0-9._~+/-]+=*$/i;

/** Decides about one request to one route: who asks, whether they may, whether they mean it. The same for all ways in. */
export class Gate {
  constructor(
    private readonly sessions: GatewaySessions,
    private readonly clock: Clock,
    private readonly own: { readonly origin: string; readonly cookieName: string },
  ) {}

  /** At once where nothing has to be waited for, which is the rule. */
  judge(route: Route, asked: Asked): Judgement | Promise<Judgement> {
    const { headers, opensWebSocket } = asked;
    if (opensWebSocket && !this.mayOpen(route, asked)) return refuse('CSRF_FAILED');

    const bearer = headers.authorization;
    if (route.acceptBearer && bearer !== undefined && BEARER.test(bearer) && !this.bringsCookie(headers)) {
      return { kind: 'pass', identity: [['authorization', bearer]] };
    }
    if (route.access.kind === 'none') return OPEN;
    const found = this.sessions.look(headers.cookie, route.onStoreDown);
    return found instanceof Promise
      ? found.then((later) => this.decide(route, asked, later))
      : this.decide(route, asked, found);
  }

  private decide(
    route: Route,
    { method, headers, opensWebSocket }: Asked,
    found: SessionLookup,
  ): Judgement | Promise<Judgement> {
    if (found.kind === 'ambiguous') return refuse('VALIDATION_ERROR');
    if (found.kind === 'unavailable') {
      return refuse('SESSION_ERROR', { retryAfterSeconds: Math.max(1, Math.ceil(found.retryAfterSeconds)) });
    }
    if (found.kind === 'none') {
      return refuse(endOf(found.reason), { signIn: true, clearCookie: found.clear });
    }
    const { session, principal } = found;
    const decision = decideAccess(route.access, principal, this.clock.nowMs());
    if (decision.kind === 'forbid') return refuse('FORBIDDEN');
    const mustProve = route.csrf && !isSafeMethod(method) && !opensWebSocket;
    if (mustProve && !comesFromOwnPage(headers, this.own.origin)) return refuse('CSRF_FAILED');
    if (decision.kind === 'step-up') {
      const { provider } = session.record;
      return refuse('STEP_UP_REQUIRED', { stepUp: { provider: route.provider ?? provider, ...decision.how } });
    }
    const identity = identityHeaders(route.identity, session, principal, this.sessions);
    return identity instanceof Promise
      ? identity.then((later) => ({ kind: 'pass', identity: later, session: session.record }))
      : { kind: 'pass', identity, session: session.record };
  }

  /** Without our cookie nothing of ours is at stake, but the upstream's own cookies are: a foreign page stays out all the same. */
  private mayOpen(route: Route, { headers }: Asked): boolean {
    if (headers.origin === undefined && !this.bringsCookie(headers)) return true;
    return mayOpenWebSocket(headers, this.own.origin, route.webSocketOrigins);
  }

  private bringsCookie({ cookie }: IncomingHttpHeaders): boolean {
    return cookieValues(cookie, this.own.cookieName).length > 0;
  }
}

/** How a session ended, where it is known and no secret. */
function endOf(reason: string | undefined): ErrorCode {
  const isCode = reason !== undefined && Object.hasOwn(PROBLEMS, reason);
  return isCode && PROBLEMS[reason as ErrorCode].status === 401 ? (reason as ErrorCode) : 'TOKEN_MISSING';
}
