import type { ErrorCode } from '@gatehouse/contracts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { closeGently } from '../answers/close-gently.js';
import { answerProblem } from '../answers/problem-answer.js';
import { writeHead } from '../answers/write-head.js';
import type { ForwardPlan } from '../forward.port.js';
import { findHeader, type RawHeaders } from '../headers/raw-headers.js';
import { responseHeaders } from '../headers/response-headers.js';
import { bodyFacts } from './body-facts.js';

/** What gives way while the client is slow. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** The way of an answer to the client: each piece as it comes, no faster than the client reads. */
export class AnswerStream {
  isEventStream = false;
  /** The client has not read for `idleMs`; the response is destroyed then. */
  stalled = false;
  /** The first piece, until the end of this turn: it may be the last one too. */
  private held: Buffer | undefined;
  private flushed = false;
  private timer: NodeJS.Timeout | undefined;
  /** While the client is slow. */
  private onDrain: (() => void) | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly plan: ForwardPlan,
  ) {}

  /** @returns false where the upstream's head cannot be passed on */
  begin(status: number, raw: RawHeaders, origin: string): boolean {
    const headers = responseHeaders(raw, this.plan, { status, origin });
    if (this.isEarly) headers.push('connection', 'close');
    try {
      writeHead(this.response, status, headers);
    } catch {
      return false;
    }
    if (this.isEarly) closeGently(this.request);
    this.isEventStream = EVENT_STREAM.test(findHeader(raw, 'content-type') ?? '');
    // A body that came with its head goes out with it, in one packet; a head that came alone does not wait for a body.
    process.nextTick(flush, this);
    return true;
  }

  write(piece: Buffer, source: Source): void {
    if (!this.flushed && !this.held) {
      this.held = piece;
      return;
    }
    this.flush();
    // A client that left: `close` is on its way.
    if (this.response.writableEnded || this.response.destroyed) return;
    if (!this.response.write(piece)) this.giveWay(source);
  }

  end(): void {
    this.flushed = true;
    if (this.response.destroyed) return;
    if (this.held) this.response.end(this.held);
    else this.response.end();
    this.held = undefined;
  }

  flush(): void {
    if (this.flushed) return;
    this.flushed = true;
    if (this.response.destroyed) return;
    if (this.held) this.response.write(this.held);
    else this.response.flushHeaders();
    this.held = undefined;
  }

  /** The last event has been sent. A client that knows event streams comes back, and is told then why it may not. */
  endCleanly(): void {
    if (this.response.writableEnded) return;
    this.end();
    // One that does not read would keep the connection.
    const timer = setTimeout(() => this.response.destroy(), FAREWELL_MS).unref();
    this.response.once('finish', () => clearTimeout(timer));
  }

  /** Answers with a problem; where an answer has begun, breaks it off, so that nobody takes it for whole. */
  refuse(code: ErrorCode, retryAfterSeconds?: number): void {
    const { request, response, plan } = this;
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    for (const [name, value] of plan.responseHeaders ?? []) response.appendHeader(name, value);
    answerProblem(request, response, code, { requestId: plan.requestId, retryAfterSeconds });
  }

  close(): void {
    if (!this.onDrain) return;
    clearTimeout(this.timer);
    this.response.off('drain', this.onDrain);
  }

  /** The request has not arrived whole, so that what follows on the connection cannot be told from it. */
  private get isEarly(): boolean {
    return !this.request.complete && bodyFacts(this.request).kind !== 'none';
  }

  private giveWay(source: Source): void {
    source.pause();
    if (this.onDrain) return;
    const onDrain = () => {
      clearTimeout(this.timer);
      this.onDrain = undefined;
      source.resume();
    };
    this.onDrain = onDrain;
    this.response.once('drain', onDrain);
    const { idleMs } = this.plan.route.timeouts;
    if (idleMs > 0) this.timer = setTimeout(() => this.stall(), idleMs).unref();
  }

  private stall(): void {
    this.stalled = true;
    this.response.destroy();
  }
}

const EVENT_STREAM = /^text\/event-stream\b/i;
/** Time for the last bytes of a stream to leave, in ms. */
const FAREWELL_MS = 75;

function flush(stream: AnswerStream): void {
  stream.flush();
}
