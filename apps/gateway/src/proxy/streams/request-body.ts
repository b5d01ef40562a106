import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export interface BodyLimits {
  readonly bytes: number;
  /** Between two pieces; 0: no limit. */
  readonly idleMs: number;
}

/** What stops a body on its way. */
export type BodyFault = 'too-large' | 'stalled';

/**
 * A request's body on its way to an upstream: counted, with back-pressure, and torn down without tearing down the client's
 * connection, on which there still is something to answer.
 */
export class RequestBody extends Readable {
  private bytes = 0;
  private started = false;
  private wanted = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly limits: BodyLimits,
    private readonly onFault: (fault: BodyFault) => void,
  ) {
    super({ highWaterMark: 64 * 1024 });
  }

  override _read(): void {
    this.wanted = true;
    if (this.started) this.timer?.refresh();
    else this.start();
    this.request.resume();
  }

  override _destroy(failure: Error | null, done: (failure?: Error | null) => void): void {
    clearTimeout(this.timer);
    // What still comes is thrown away; kept, it would block the connection.
    this.request.off('data', this.pass).off('end', this.conclude).resume();
    done(failure);
  }

  private start(): void {
    this.started = true;
    this.request.on('data', this.pass).on('end', this.conclude);
    if (this.limits.idleMs > 0) this.timer = setTimeout(this.lookForStall, this.limits.idleMs).unref();
    // Only now: whoever waits to be asked has not sent a body that a refusal would have made useless.
    if (mustBeAsked(this.request)) this.response.writeContinue();
  }

  private readonly pass = (piece: Buffer): void => {
    this.bytes += piece.length;
    if (this.bytes > this.limits.bytes) {
      this.onFault('too-large');
      return;
    }
    this.timer?.refresh();
    if (this.push(piece)) return;
    this.wanted = false;
    this.request.pause();
  };

  private readonly conclude = (): void => {
    clearTimeout(this.timer);
    this.push(null);
  };

  private readonly lookForStall = (): void => {
    // An upstream that does not read is no fault of the client's; its own timeout is running.
    if (this.wanted) this.onFault('stalled');
    else this.timer?.refresh();
  };
}

/** Node itself asks for the body where nobody listens for `checkContinue` (RFC 9110 §10.1.1). */
function mustBeAsked(request: IncomingMessage): boolean {
  if (request.headers.expect?.toLowerCase() !== '100-continue') return false;
  const { server } = request.socket as { server?: { listenerCount(event: string): number } };
  return (server?.listenerCount('checkContinue') ?? 0) > 0;
}
