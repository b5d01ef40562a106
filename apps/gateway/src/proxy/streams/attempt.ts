import type { Place } from '@gatehouse/kernel';
import type { OutgoingSpan } from '@gatehouse/observability';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ForwardOutcome } from '../forward.port.js';
import type { RawHeaders } from '../headers/raw-headers.js';
import type { Lease, Upstream } from '../upstreams/upstream.js';
import type { Verdict } from '../upstreams/target.js';
import type { ConnectWatch, Waiting } from './connect-watch.js';

/** `unsendable`: the client sent what Node's parser took and no request may hold. */
export type Failure = Extract<ForwardOutcome['error'], 'connect' | 'timeout' | 'reset'> | 'unsendable';

/** Who hears of an attempt. Nothing is told of one that was given up. */
export interface AttemptListener {
  answered(attempt: Attempt, status: number, headers: RawHeaders): void;
  received(attempt: Attempt, piece: Buffer): void;
  completed(attempt: Attempt): void;
  upgraded(attempt: Attempt, headers: RawHeaders, socket: Duplex): void;
  /** Also after `answered`, where the answer breaks off. */
  failed(attempt: Attempt, failure: Failure): void;
}

/** What undici calls. Deprecated there, since its next major version has another, and here until then: see {@link Attempt}. */
type Handler = Required<Pick<Dispatcher.DispatchHandler, Told>>;
type Told = 'onConnect' | 'onHeaders' | 'onData' | 'onComplete' | 'onUpgrade' | 'onError';

/**
 * One request to one target, as undici reports on it: by the calls undici itself is made of. For the newer ones it makes two
 * objects more for each request, and reads all headers into another that nobody here looks at.
 */
export class Attempt implements Handler, Waiting {
  /** Only while it is on a connection. */
  private abort: ((reason: Error) => void) | undefined;
  private goOn: (() => void) | undefined;
  private paused = false;
  private judged = false;
  private status: number | undefined;
  private over = false;
  private readonly place: Place<Waiting>;

  constructor(
    private readonly upstream: Upstream,
    readonly lease: Lease,
    private readonly listener: AttemptListener,
    private readonly watch: ConnectWatch,
    readonly connectByMs: number,
    private readonly span?: OutgoingSpan,
  ) {
    this.place = watch.enter(this);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.goOn?.();
  }

  /** Cuts it short; nothing more is heard of it. */
  giveUp(verdict: Verdict): void {
    if (this.over) return;
    this.end(verdict, 'given-up');
    this.abort?.(GIVEN_UP);
  }

  judge(verdict: Verdict): void {
    if (this.judged) return;
    this.judged = true;
    this.upstream.judge(this.lease, verdict);
  }

  connectTimedOut(): void {
    if (this.over) return;
    // Still in a queue, or connecting: undici learns of it when its turn comes.
    this.end('bad', 'connect');
    this.listener.failed(this, 'connect');
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.abort = abort;
    this.watch.leave(this.place);
    if (this.over) abort(GIVEN_UP);
  }

  /** @returns whether more may come now; where not, once `goOn` is called */
  onHeaders(status: number, headers: RawHeaders, goOn: () => void): boolean {
    this.goOn = goOn;
    // 1xx: ours to answer, not theirs to pass on.
    if (!this.over && status >= 200) {
      this.status = status;
      this.listener.answered(this, status, headers);
    }
    return !this.paused;
  }

  onData(piece: Buffer): boolean {
    if (!this.over) this.listener.received(this, piece);
    return !this.paused;
  }

  onComplete(): void {
    if (this.over) return;
    this.end('good');
    this.listener.completed(this);
  }

  onUpgrade(_status: number, headers: RawHeaders | null, socket: Duplex): void {
    if (this.over) {
      socket.destroy();
      return;
    }
    this.judge('good');
    this.status = 101;
    this.lease.target.upgraded += 1;
    socket.once('close', () => {
      this.lease.target.upgraded -= 1;
      this.end('good');
    });
    this.listener.upgraded(this, headers ?? [], socket);
  }

  onError(error: Error): void {
    if (this.over) return;
    const { code } = error as { code?: unknown };
    const failure = failureOf(code, this.abort !== undefined);
    this.end(NOT_THEIRS.has(code) ? 'undecided' : 'bad', failure);
    this.listener.failed(this, failure);
  }

  private end(verdict: Verdict, error?: Failure | 'given-up'): void {
    this.over = true;
    const { status } = this;
    this.span?.end({ ...(status === undefined ? {} : { status }), ...(error ? { error } : {}) });
    this.watch.leave(this.place);
    this.judge(verdict);
    this.upstream.release(this.lease);
  }
}

const GIVEN_UP = new Error('given up');

/** We closed, or undici would not send what it was given. */
const NOT_THEIRS: ReadonlySet<unknown> = new Set([
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
]);

function failureOf(code: unknown, sent: boolean): Failure {
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'unsendable';
  if (!sent) return 'connect';
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ? 'timeout' : 'reset';
}
