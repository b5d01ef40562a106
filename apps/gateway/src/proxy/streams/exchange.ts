import type { ErrorCode } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ForwardOutcome, ForwardPlan } from '../forward.port.js';
import { findHeader, type RawHeaders } from '../headers/raw-headers.js';
import { requestHeaders } from '../headers/request-headers.js';
import type { Target } from '../upstreams/target.js';
import type { NoTarget } from '../upstreams/upstream.js';
import type { Upstreams } from '../upstreams/upstreams.js';
import { AnswerStream } from './answer-stream.js';
import { Attempt, type AttemptListener, type Failure } from './attempt.js';
import { bodyFacts } from './body-facts.js';
import type { ConnectWatch } from './connect-watch.js';
import { RequestBody, type BodyFault } from './request-body.js';
import { Retries } from './retries.js';
import type { Tunnel, TunnelEnd, Upgrade } from './tunnel.port.js';

export interface ExchangeNeeds {
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  readonly watch: ConnectWatch;
}

/** Reason of a signal that fires because the gateway closes; any other means that the session has ended. */
const GOING_AWAY = 'going-away' satisfies TunnelEnd;

/** One request of a client, from plan to outcome: attempts, the answer, and everything that may go wrong between. */
export class Exchange implements AttemptListener {
  private readonly answer: AnswerStream;
  private readonly retries: Retries;
  private readonly facts: ReturnType<typeof bodyFacts>;
  private body: RequestBody | undefined;
  private headers: string[] | undefined;
  private attempt: Attempt | undefined;
  private tunnel: Tunnel | undefined;
  private attempts = 0;
  private tried: Set<Target> | undefined;
  private status = 0;
  private error: ForwardOutcome['error'];
  private pause: NodeJS.Timeout | undefined;
  private settle: ((outcome: ForwardOutcome) => void) | undefined;

  constructor(
    private readonly needs: ExchangeNeeds,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly plan: ForwardPlan,
    private readonly upgrade?: Upgrade,
  ) {
    this.facts = bodyFacts(request);
    this.retries = new Retries(request, this.facts.kind !== 'none', plan.route, needs.clock.nowMs());
    this.answer = new AnswerStream(request, response, plan);
  }

  /** @param settle - told once the connection is free again, or gone */
  run(settle: (outcome: ForwardOutcome) => void): void {
    this.settle = settle;
    this.response.on('close', this.onClose);
    this.plan.signal?.addEventListener('abort', this.onEnded);
    this.begin();
  }

  /** The gateway closes: what has no end of its own ends now, the rest may finish. */
  goAway(): void {
    if (this.tunnel) this.tunnel.end(GOING_AWAY);
    else if (this.answer.isEventStream) this.answer.endCleanly();
  }

  /** At the end of all patience. */
  cut(): void {
    this.response.destroy();
  }

  answered(attempt: Attempt, status: number, headers: RawHeaders): void {
    attempt.judge(status === 502 || status === 503 || status === 504 ? 'bad' : 'good');
    if (this.retries.isWorthIt(status) && this.retry(attempt, findHeader(headers, 'retry-after')))
      return attempt.giveUp('bad');
    this.status = status;
    if (this.answer.begin(status, headers, attempt.lease.target.origin)) return;
    attempt.giveUp('bad');
    this.fail('reset', 'UPSTREAM_FAILED');
  }

  received(attempt: Attempt, piece: Buffer): void {
    this.answer.write(piece, attempt);
  }

  completed(): void {
    this.answer.end();
  }

  upgraded(_attempt: Attempt, headers: RawHeaders, socket: Duplex): void {
    this.status = 101;
    this.tunnel = this.upgrade?.open(headers, socket);
  }

  failed(attempt: Attempt, failure: Failure): void {
    if (failure === 'unsendable') return this.refuse('VALIDATION_ERROR');
    if (failure !== 'timeout' && !this.response.headersSent && this.retry(attempt)) return;
    this.fail(failure, failure === 'timeout' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_FAILED');
  }

  private begin(): void {
    const { request, plan, facts } = this;
    if (plan.signal?.aborted) return this.onEnded();
    // A trace would show the client what we add.
    if (request.method === 'TRACE' || request.method === 'CONNECT') return this.refuse('METHOD_NOT_ALLOWED');
    if (facts.kind === 'unreadable') return this.refuse('VALIDATION_ERROR');
    if (facts.kind === 'some') {
      const { bodyLimitBytes: bytes, timeouts } = plan.route;
      if ((facts.length ?? 0) > bytes) return this.onBodyFault('too-large');
      this.body = new RequestBody(request, this.response, { bytes, idleMs: timeouts.idleMs }, (fault) =>
        this.onBodyFault(fault),
      );
    }
    this.headers = requestHeaders(request, plan, facts.kind === 'some');
    this.next();
  }

  private next(): void {
    const { plan, needs } = this;
    const { timeouts, upstream: name } = plan.route;
    const upstream = needs.upstreams.find(name);
    const lease = upstream?.begin(this.tried) ?? 'no-target';
    if (!upstream || typeof lease === 'string') return this.noTarget(lease as NoTarget);
    if (this.attempts === 0) upstream.budget.noteRequest();
    this.attempts += 1;
    const nowMs = needs.clock.nowMs();
    const { origin } = lease.target;
    const span = plan.span?.outgoing({ method: this.request.method ?? '', origin, resent: this.attempts - 1 });
    this.attempt = new Attempt(upstream, lease, this, needs.watch, nowMs + timeouts.connectMs, span);
    const headers = this.headers ?? [];
    lease.target.pool.dispatch(
      {
        path: plan.target,
        method: this.request.method as 'GET',
        headers: span ? [...headers, ...span.headers.flat()] : headers,
        body: this.body ?? null,
        headersTimeout: this.attempts === 1 ? timeouts.headersMs : this.retries.remainingMs(nowMs),
        bodyTimeout: timeouts.idleMs,
        upgrade: this.upgrade?.protocol ?? null,
      },
      this.attempt,
    );
  }

  /** @returns false where the answer, or the failure, is the last word */
  private retry({ lease }: Attempt, retryAfter?: string): boolean {
    const upstream = this.needs.upstreams.find(this.plan.route.upstream);
    const pauseMs = this.retries.next(this.needs.clock.nowMs(), retryAfter);
    if (pauseMs === undefined || !upstream?.budget.take()) return false;
    (this.tried ??= new Set()).add(lease.target);
    this.pause = setTimeout(() => this.next(), pauseMs);
    return true;
  }

  private noTarget(why: NoTarget): void {
    this.error = why === 'circuit-open' ? 'circuit-open' : 'no-target';
    this.refuse(why === 'full' ? 'OVERLOADED' : 'UPSTREAM_UNAVAILABLE', 1);
  }

  private fail(error: ForwardOutcome['error'], code: ErrorCode): void {
    this.error = error;
    this.refuse(code);
  }

  private refuse(code: ErrorCode, retryAfterSeconds?: number): void {
    this.body?.destroy();
    this.answer.refuse(code, retryAfterSeconds);
    this.status = this.response.statusCode;
  }

  private onBodyFault(fault: BodyFault): void {
    this.attempt?.giveUp('undecided');
    if (fault === 'too-large') this.fail('body-too-large', 'PAYLOAD_TOO_LARGE');
    else this.fail('timeout', 'REQUEST_TIMEOUT');
  }

  private readonly onEnded = (): void => {
    clearTimeout(this.pause);
    const leaves = this.plan.signal?.reason === GOING_AWAY;
    if (this.tunnel) return this.tunnel.end(leaves ? GOING_AWAY : 'session-ended');
    if (this.response.writableEnded) return;
    this.attempt?.giveUp('undecided');
    if (this.answer.isEventStream) this.answer.endCleanly();
    else if (leaves) this.refuse('NOT_READY', 1);
    else this.refuse('SESSION_REVOKED');
  };

  private readonly onClose = (): void => {
    clearTimeout(this.pause);
    this.answer.close();
    this.plan.signal?.removeEventListener('abort', this.onEnded);
    if (this.answer.stalled) this.error ??= 'timeout';
    if (!this.response.writableFinished && !this.tunnel) this.error ??= 'client-gone';
    this.attempt?.giveUp('undecided');
    this.body?.destroy();
    const { attempt, status, attempts, error } = this;
    this.settle?.({ target: attempt?.lease.target.origin, status, attempts, error });
  };
}
