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
  private wrote = false;
  private timer: NodeJS.Timeout | undefined;
  private paused: Source | undefined;

  /** @param onStall - the client has not read for `idleMs` */
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly plan: ForwardPlan,
    private readonly onStall: () => void,
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
    process.nextTick(flushHead, this);
    return true;
  }

  write(piece: Buffer, source: Source): void {
    this.wrote = true;
    // A client that left: `close` is on its way.
    if (this.response.writableEnded || this.response.destroyed) return;
    if (this.response.write(piece)) return;
    source.pause();
    this.paused = source;
    this.response.once('drain', this.onDrain);
    const { idleMs } = this.plan.route.timeouts;
    if (idleMs > 0) this.timer = setTimeout(this.onStall, idleMs).unref();
  }

  end(): void {
    this.wrote = true;
    this.response.end();
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
    const headers = [...(plan.responseHeaders ?? [])];
    if (this.isEarly) {
      closeGently(request);
      headers.push(['connection', 'close']);
    }
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    answerProblem(request, response, { code, requestId: plan.requestId, headers, ...retry });
  }

  close(): void {
    clearTimeout(this.timer);
    this.response.off('drain', this.onDrain);
  }

  flushHead(): void {
    if (!this.wrote && !this.response.destroyed) this.response.flushHeaders();
  }

  /** The request has not arrived whole, so that what follows on the connection cannot be told from it. */
  private get isEarly(): boolean {
    return !this.request.complete && bodyFacts(this.request).kind !== 'none';
  }

  private readonly onDrain = (): void => {
    clearTimeout(this.timer);
    const source = this.paused;
    this.paused = undefined;
    source?.resume();
  };
}

const EVENT_STREAM = /^text\/event-stream\b/i;
/** Time for the last bytes of a stream to leave, in ms. */
const FAREWELL_MS = 75;

function flushHead(stream: AnswerStream): void {
  stream.flushHead();
}
